import type { RequestLimits } from '../chat/serve-chat.ts'
import { type Credits, createCredits } from './credits.ts'
import { type Bounds, createLimits, type EarlierUse } from './limits.ts'
import { createRequestLimits, type RequestLimitsParts } from './request-limits.ts'

export interface OpenLimitsParts {
  /** Monotonic milliseconds. */
  now(): number
  /** By the service's name. */
  readonly services: ReadonlyMap<string, Bounds>
  readonly weigh: RequestLimitsParts['weigh']
  /** What was used before this process began; undefined where nobody keeps account. */
  readonly readBefore: (() => Promise<UseBefore>) | undefined
}

export interface UseBefore {
  readonly uses: readonly EarlierUse[]
  /** Everything that each key has been charged, in micro-units. */
  readonly spent: readonly (readonly [keyId: string, amount: number])[]
}

export interface OpenLimits {
  readonly requestLimits: RequestLimits
  readonly credits: Credits
  /** Goes on where limits and credits were before a restart, as soon as somebody can say where that was. */
  start(): void
  stop(): void
}

const retryMs = 2000

export function openLimits({ now, services, weigh, readBefore }: OpenLimitsParts): OpenLimits {
  const limits = createLimits({ now, services })
  const credits = createCredits()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function takeUp(read: () => Promise<UseBefore>): Promise<void> {
    try {
      const { uses, spent } = await read()
      limits.restore(uses)
      credits.begin(spent)
    } catch {
      if (stopped) return
      timer = setTimeout(takeUp, retryMs, read)
      timer.unref()
    }
  }

  return {
    requestLimits: createRequestLimits({ limits, credits, weigh }),
    credits,
    start() {
      if (readBefore === undefined) credits.begin([])
      else void takeUp(readBefore)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
