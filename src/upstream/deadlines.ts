import { GatewayError } from '../chat/gateway-error.ts'
import { type SilenceClock, startSilenceClock } from '../wire/silence-clock.ts'
import { watchStandstill } from './standstill.ts'

export interface DeadlineLimits {
  /** From asking to the first event of a stream; what a whole reply waits for at most while its engine does nothing at all. */
  readonly firstEventMs: number
  /** Between two events of a stream. */
  readonly idleMs: number
  /** For the whole answer. */
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

/** How an answer comes: in events; or whole, where only the engine itself can tell whether it is on its way. */
export type Coming = 'streamed' | 'unwatched' | { readProgress(): Promise<number | undefined> }

/** Starts the clocks; `expire` is called at most once, with the `timeout` to end the request with. */
export function startDeadlines(
  limits: DeadlineLimits,
  coming: Coming,
  expire: (failure: GatewayError) => void,
): Deadlines {
  const streamed = coming === 'streamed'
  const total = setTimeout(() => {
    stop()
    expire(tooLong('The answer took too long', limits.totalMs))
  }, limits.totalMs)
  const standstill =
    typeof coming === 'string'
      ? undefined
      : watchStandstill(limits.firstEventMs, coming.readProgress, () => {
          stop()
          expire(tooLong('The model did nothing', limits.firstEventMs))
        })
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
    standstill?.stop()
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
      standstill?.restart()
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
