import { fileURLToPath } from 'node:url'
import type { Entrant, Ring } from './contenders.ts'
import { chatAsk, type DialectAsk } from './dialect-asks.ts'
import type { StreamReport } from './stream-load.ts'

export interface StreamLoad {
  readonly connections: number
  /** Between two chunks; 0 is as fast as the upstream can. */
  readonly paceMs: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

export interface StreamFigures {
  readonly chunksPerSecond: number
  /** Undefined for the upstream itself. */
  readonly cpuUsPerChunk: number | undefined
  readonly firstFrameMs: number
  readonly failed: number
}

const program = fileURLToPath(new URL('./stream-load.ts', import.meta.url))

export async function measureStreams(
  ring: Ring,
  entrant: Entrant,
  load: StreamLoad,
  ask: DialectAsk = chatAsk,
): Promise<StreamFigures> {
  const options = {
    url: entrant.url + ask.path,
    key: entrant.key,
    pid: entrant.process?.pid ?? '',
    connections: load.connections,
    body: ask.body(load.paceMs),
    'warm-up': load.warmUpSeconds,
    seconds: load.seconds,
  }
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const output = await ring.processes.run({ words: [process.execPath, program, ...words], core: ring.cores.load })
  // It is our own program that wrote it.
  const report = JSON.parse(output) as StreamReport
  return {
    chunksPerSecond: report.chunks / report.seconds,
    cpuUsPerChunk: report.cpuUs === null ? undefined : report.cpuUs / report.chunks,
    firstFrameMs: report.firstFrameMs,
    failed: report.failed,
  }
}
