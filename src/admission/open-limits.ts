import type { Bounds } from '../chat/limits-in-use.ts'
import type { RequestLimits } from '../chat/serve-chat.ts'
import { type Credits, createCredits } from './credits.ts'
import { createLimits, type EarlierUse, type Limits } from './limits.ts'
import { createRequestLimits, type Weigh } from './request-limits.ts'

export interface OpenLimitsParts {
  /** Monotonic milliseconds. */
  now(): number
  /** By the service's name. */
  readonly services: ReadonlyMap<string, Bounds>
  /** What was used before this process began; undefined where nobody keeps account. */
  readonly readBefore: (() => Promise<UseBefore>) | undefined
}

export interface UseBefore {
  readonly uses: readonly EarlierUse[]
  /** Everything that each key has been charged, in micro-units. */
  readonly spent: readonly (readonly [keyId: string, amount: number])[]
}

export interface OpenLimits {
  /** What bounds requests of a kind, each of which `weigh` can tell the weight of. */
  requestLimits<Wanted>(weigh: Weigh<Wanted>): RequestLimits<Wanted>
  readonly credits: Credits
  readonly hold: Limits['hold']
  readonly enterCount: Limits['enterCount']
  readonly inUse: Limits['inUse']
  /** Goes on where limits and credits were before a restart, as soon as somebody can say where that was. */
  start(): void
  stop(): void
}

const retryMs = 2000

export function openLimits({ now, services, readBefore }: OpenLimitsParts): OpenLimits {
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
    requestLimits: (weigh) => createRequestLimits({ limits, credits, weigh }),
    credits,
    hold: limits.hold,
    enterCount: limits.enterCount,
    inUse: limits.inUse,
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
