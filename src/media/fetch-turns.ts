import { GatewayError } from '../chat/gateway-error.ts'

/** So few fetches at once for each key that nobody can search a network through the gateway. */
export interface FetchTurns {
  /**
   * Waits for a turn; what it gives ends it. Throws `rate-limited` where too many wait, or the signal's reason when the
   * caller leaves.
   */
  take(keyId: string, signal: AbortSignal): Promise<() => void>
}

export interface FetchTurnsLimits {
  readonly atOnceMax: number
  readonly waitingMax: number
}

interface Line {
  running: number
  readonly waiting: Set<() => void>
}

export function createFetchTurns({ atOnceMax, waitingMax }: FetchTurnsLimits): FetchTurns {
  const lines = new Map<string, Line>()

  function lineOf(keyId: string): Line {
    const line = lines.get(keyId) ?? { running: 0, waiting: new Set() }
    lines.set(keyId, line)
    return line
  }

  /** A turn is handed to the next in line, never put down first. */
  function end(keyId: string, line: Line): void {
    const [next] = line.waiting
    if (next !== undefined) {
      line.waiting.delete(next)
      next()
      return
    }
    line.running--
    if (line.running === 0) lines.delete(keyId)
  }

  return {
    async take(keyId, signal) {
      signal.throwIfAborted()
      const line = lineOf(keyId)
      if (line.running < atOnceMax) line.running++
      else if (line.waiting.size < waitingMax) await waitIn(line, signal)
      else throw new GatewayError('rate-limited', 'Too many images are being fetched.', { retryAfterSeconds: 5 })
      return () => end(keyId, line)
    },
  }
}

function waitIn({ waiting }: Line, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      waiting.delete(go)
      reject(signal.reason)
    }
    const go = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    signal.addEventListener('abort', leave, { once: true })
    waiting.add(go)
  })
}
