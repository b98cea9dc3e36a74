import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ring } from './contenders.ts'
import { hasProgram } from './cores.ts'
import { constantUpstream } from './nginx-config.ts'
import { freePort } from './processes.ts'

/** For whole replies: nginx with a constant, or the stand-in where nginx is not installed. */
export async function startWholeUpstream(ring: Ring): Promise<string> {
  if (!hasProgram('nginx')) return startStreamUpstream(ring)
  const port = await freePort()
  const folder = mkdtempSync(join(ring.folder, 'upstream-'))
  writeFileSync(join(folder, 'nginx.conf'), constantUpstream(folder, port))
  const words = ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
  ring.processes.start('upstream', { words, core: ring.cores.upstream })
  return `http://127.0.0.1:${port}`
}

/** For streams: a light process that paces its chunks. */
export async function startStreamUpstream({ processes, cores }: Ring): Promise<string> {
  const port = await freePort()
  const program = fileURLToPath(new URL('./stand-in.ts', import.meta.url))
  processes.start('stand-in', { words: [process.execPath, program, String(port)], core: cores.upstream })
  return `http://127.0.0.1:${port}`
}
