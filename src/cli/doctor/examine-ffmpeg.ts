import type { Settings } from '../../settings/settings.ts'
import { programRuns } from '../../speech/convert-audio.ts'
import type { Finding } from './finding.ts'

/** Looked for only where a service may convert with it. */
export async function examineFfmpeg(services: Settings['services'], program = 'ffmpeg'): Promise<readonly Finding[]> {
  const converting = services.filter((service) => service.kind === 'transcription' && service.convert !== 'never')
  if (converting.length === 0) return []
  const about = 'ffmpeg'
  const names = converting.map(({ name }) => name).join(', ')
  if (await programRuns(program)) return [{ about, state: 'good', found: `converts audio for ${names}` }]
  return [
    {
      about,
      state: 'unsure',
      found: `is not there: ${names} refuses what its model server cannot decode (whisper.cpp: M4A, WebM, Opus), and believes files how long they are`,
      fix: "Install ffmpeg beside the gateway (Debian: apt install ffmpeg), or set the service's convert to never.",
    },
  ]
}
