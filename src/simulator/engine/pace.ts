import { sleepUnlessAborted } from './wait.ts'

/** When the tokens of a request come. Tokens are counted from 1. */
export interface Pace {
  /** How many tokens have come by now. */
  due(): number
  /** Resolves when the token has come, or the signal aborts; undefined where it already has. */
  until(token: number, signal: AbortSignal): Promise<void> | undefined
}

export interface PaceOptions {
  readonly firstTokenMs: number
  /** 0: all tokens come with the first. */
  readonly tokensPerSecond: number
}

/** Starts to run at once. */
export function createPace({ firstTokenMs, tokensPerSecond }: PaceOptions): Pace {
  const firstAt = performance.now() + firstTokenMs
  const tokenMs = tokensPerSecond > 0 ? 1000 / tokensPerSecond : 0
  if (firstTokenMs === 0 && tokenMs === 0) return { due: () => Number.POSITIVE_INFINITY, until: () => undefined }

  return {
    due() {
      const sinceFirst = performance.now() - firstAt
      if (sinceFirst < 0) return 0
      return tokenMs === 0 ? Number.POSITIVE_INFINITY : Math.floor(sinceFirst / tokenMs) + 1
    },
    until(token, signal) {
      const left = firstAt + (token - 1) * tokenMs - performance.now()
      return left <= 0 ? undefined : sleepUnlessAborted(Math.ceil(left), signal)
    },
  }
}
