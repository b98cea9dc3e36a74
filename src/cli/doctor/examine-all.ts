import type { Settings } from '../../settings/settings.ts'
import { examineDatabase } from './examine-database.ts'
import { examineDisk } from './examine-disk.ts'
import { examineFfmpeg } from './examine-ffmpeg.ts'
import { examineOpenFiles } from './examine-open-files.ts'
import { examineUpstream } from './examine-upstream.ts'
import type { Finding } from './finding.ts'

/** Everything that the gateway stands on. Never throws for what it finds. */
export async function examineAll(settings: Settings): Promise<readonly Finding[]> {
  const upstreams = settings.services.flatMap(({ name, kind, server, upstreams: urls, apiKey, model }) =>
    urls.map((url) => examineUpstream({ service: name, kind, server, url, apiKey, model })),
  )
  const all = await Promise.all([
    examineDisk(settings.dataDir),
    examineOpenFiles(),
    examineDatabase(settings),
    examineFfmpeg(settings.services),
    ...upstreams,
  ])
  return all.flat()
}
