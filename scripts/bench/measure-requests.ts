import { fileURLToPath } from 'node:url'
import type { Entrant, Ring } from './contenders.ts'
import { hasProgram } from './cores.ts'
import { cpuUs } from './process-usage.ts'
import { askFor } from './vllm-shapes.ts'

/** wrk counts in whole seconds. */
const usualSeconds = 1

/** What a load generator writes on its last line. */
export interface LoadReport {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
}

export interface RequestFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Undefined for the upstream itself. */
  readonly cpuUsPerRequest: number | undefined
  readonly failed: number
}

/** Whole chat requests over connections that stay open, one after the other on each, as fast as they are answered. */
export async function measureRequests(
  ring: Ring,
  entrant: Entrant,
  connections: number,
  seconds = usualSeconds,
): Promise<RequestFigures> {
  const environment = { BENCH_KEY: entrant.key, BENCH_BODY: askFor(false) }
  const words = loadWords(`${entrant.url}/v1/chat/completions`, connections, seconds)
  const pid = entrant.process?.pid
  const before = pid === undefined ? 0 : cpuUs(pid)
  const output = await ring.processes.run({ words, core: ring.cores.load, environment })
  const after = pid === undefined ? 0 : cpuUs(pid)
  // It is our own script that wrote it.
  const report = JSON.parse(output.trim().split('\n').at(-1) ?? '') as LoadReport
  return {
    perSecond: report.requests / report.seconds,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
    cpuUsPerRequest: pid === undefined ? undefined : (after - before) / report.requests,
    failed: report.failed,
  }
}

function loadWords(url: string, connections: number, seconds: number): string[] {
  if (hasProgram('wrk')) {
    const script = fileURLToPath(new URL('./post.lua', import.meta.url))
    return ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url]
  }
  const program = fileURLToPath(new URL('./request-load.ts', import.meta.url))
  return [process.execPath, program, url, String(connections), String(seconds)]
}
