import { setTimeout } from 'node:timers/promises'
import { readMaxMs, restAfter, restAfterFailure } from './pace.ts'

export interface SyncLoop {
  start(): void
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
}

interface SyncLoopParts {
  readonly everyMs: number
  /** Never throws; says whether it worked. Must end soon after the signal, or after so many milliseconds. */
  attempt(within: { readonly ms: number; readonly signal: AbortSignal }): Promise<boolean>
}

const retryMinMs = 200
const retryMaxMs = 2000

/** Tries again and again: every so often, counted from start to start, and sooner after failures or slow readings. */
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
      failures = (await attempt({ ms: readMaxMs, signal })) ? 0 : failures + 1
      const tookMs = performance.now() - startedAt
      const restMs = failures === 0 ? restAfter(tookMs, everyMs) : restAfterFailure(tookMs, retryMs(failures))
      await setTimeout(restMs, undefined, { signal }).catch(() => {})
    }
  }
}

/** Doubles, with jitter so that many gateways do not ask in step. */
function retryMs(failures: number): number {
  const wholeMs = Math.min(retryMinMs * 2 ** (failures - 1), retryMaxMs)
  return wholeMs * (0.5 + Math.random() / 2)
}
