import { setTimeout } from 'node:timers/promises'

export interface SyncLoop {
  start(): void
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
}

interface SyncLoopParts {
  readonly everyMs: number
  /** Never throws; says whether it worked. Must end soon after the signal. */
  attempt(signal: AbortSignal): Promise<boolean>
}

/** What has come back must be noticed within 5 s, so that waits between failures stay below 2 s. */
const retryMinMs = 200
const retryMaxMs = 2000

/** Tries again and again: every so often, counted from start to start, and sooner after failures. */
export function createSyncLoop({ everyMs, attempt }: SyncLoopParts): SyncLoop {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  return {
    start() {
      running ??= run(stopping.signal)
    },
    async stop() {
      stopping.abort()
      await running
    },
  }

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      const startedAt = performance.now()
      failures = (await attempt(signal)) ? 0 : failures + 1
      const restMs = everyMs - (performance.now() - startedAt)
      await setTimeout(failures === 0 ? Math.max(restMs, everyMs / 10) : retryMs(failures), undefined, {
        signal,
      }).catch(() => {})
    }
  }
}

/** Doubles, with jitter so that many gateways do not ask in step. */
function retryMs(failures: number): number {
  const wholeMs = Math.min(retryMinMs * 2 ** (failures - 1), retryMaxMs)
  return wholeMs * (0.5 + Math.random() / 2)
}
