import { GatewayError } from '../chat/gateway-error.ts'
import { type SilenceClock, startSilenceClock } from '../wire/silence-clock.ts'

export interface DeadlineLimits {
  /** From asking to the first event of a stream. */
  readonly firstEventMs: number
  /** Between two events of a stream. */
  readonly idleMs: number
  /** For the whole answer; the only limit of a whole reply, which has no events on the way. */
  readonly totalMs: number
}

/** The clocks of one reply, which may take several answers. Whoever starts them stops them. */
export interface Deadlines {
  /** Another answer is asked for: its first event is waited for anew, within what is left of the whole. */
  askAgain(): void
  /** Notes an event. While the caller takes it, which is what `taken` waits for, the silence is not the model's. */
  around(taken: Promise<void> | undefined): Promise<void> | undefined
  stop(): void
}

/** Starts the clocks; `expire` is called at most once, with the `timeout` to end the request with. */
export function startDeadlines(
  limits: DeadlineLimits,
  streamed: boolean,
  expire: (failure: GatewayError) => void,
): Deadlines {
  const total = setTimeout(() => {
    stop()
    expire(tooLong('The answer took too long', limits.totalMs))
  }, limits.totalMs)
  let silence = awaitFirst()
  let begun = false
  let paused = false

  function startSilence(limitMs: number, what: string): SilenceClock {
    return startSilenceClock(limitMs, () => {
      if (paused) return
      stop()
      expire(tooLong(what, limitMs))
    })
  }

  function awaitFirst(): SilenceClock | undefined {
    return streamed ? startSilence(limits.firstEventMs, 'The model did not begin to answer') : undefined
  }

  function stop(): void {
    clearTimeout(total)
    silence?.stop()
  }

  function noteEvent(): void {
    if (begun || !streamed) {
      silence?.note()
      return
    }
    begun = true
    silence?.stop()
    silence = startSilence(limits.idleMs, 'The model fell silent')
  }

  function resume(): void {
    paused = false
    silence?.note()
  }

  return {
    askAgain() {
      begun = false
      silence?.stop()
      silence = awaitFirst()
    },
    around(taken) {
      noteEvent()
      if (taken === undefined) return undefined
      paused = true
      return taken.finally(resume)
    },
    stop,
  }
}

function tooLong(what: string, limitMs: number): GatewayError {
  return new GatewayError('timeout', `${what} (limit ${limitMs / 1000} s).`)
}
