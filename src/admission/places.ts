import { GatewayError } from '../chat/gateway-error.ts'
import type { Admission, Place } from '../chat/serve-chat.ts'
import { createFairLine, type Lane } from '../sharing/fair-line.ts'
import { createHoldTime } from '../sharing/hold-time.ts'
import { ownerOf } from '../sharing/owner-of.ts'

export interface PlacesOptions {
  /** Requests that run at once; more would only wait inside vLLM, where nobody sees them. */
  readonly placesMax: number
  /** Requests that wait at most; beyond, one of whoever has most of them is refused. */
  readonly queueMax: number
  /** The longest wait for a place. */
  readonly waitMaxMs: number
  /** Monotonic milliseconds. */
  now?(): number
}

export interface Places extends Admission {
  readonly running: number
  readonly waiting: number
}

interface Waiter {
  admit(place: Place): void
  turnAway(failure: GatewayError): void
}

/**
 * The places of one service, and the queue before them. A place that is left is handed to the next in line, never put down
 * first, so that nobody slips in between; who is next is for the line to say: each key has its share, and so has each
 * person behind a key that several share, however many requests they send.
 */
export function createPlaces(options: PlacesOptions): Places {
  const { placesMax, queueMax, waitMaxMs, now = () => performance.now() } = options
  const line = createFairLine<Waiter>()
  const holdTime = createHoldTime()
  let running = 0

  function takePlace(lane: Lane<Waiter>): Place {
    const takenAt = now()
    let left = false
    lane.running++
    return {
      leave() {
        if (left) return
        left = true
        lane.running--
        holdTime.note(now() - takenAt)
        handOver()
        line.tidy(lane)
      },
    }
  }

  function handOver(): void {
    const next = line.takeNext()
    if (next === undefined) running--
    else next.waiter.admit(takePlace(next.lane))
  }

  function wait(lane: Lane<Waiter>, signal: AbortSignal): Promise<Place> {
    const { promise, resolve, reject } = Promise.withResolvers<Place>()
    const impatience = setTimeout(() => leaveQueue(() => full('No place became free in time.')), waitMaxMs)
    const waiter: Waiter = {
      admit(place) {
        stopListening()
        resolve(place)
      },
      turnAway(failure) {
        stopListening()
        reject(failure)
      },
    }
    function stopListening(): void {
      clearTimeout(impatience)
      signal.removeEventListener('abort', leave)
    }
    function leaveQueue(reason: () => unknown): void {
      line.remove(lane, waiter)
      stopListening()
      reject(reason())
    }
    function leave(): void {
      leaveQueue(() => signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    line.add(lane, waiter)
    return promise
  }

  function full(what: string): GatewayError {
    const retryAfterSeconds = holdTime.secondsFor(line.size + 1, placesMax)
    return new GatewayError('overloaded', `${what} Please try again shortly.`, { retryAfterSeconds })
  }

  /** Whoever has more of the queue than the newcomer gives way. */
  function makeRoom(lane: Lane<Waiter>): void {
    const failure = full('All places are taken and the queue is full.')
    const last = line.takeLastBefore(lane)
    if (last === undefined) {
      line.tidy(lane)
      throw failure
    }
    last.turnAway(failure)
  }

  return {
    enter(visit) {
      const { signal } = visit
      signal.throwIfAborted()
      const lane = line.laneOf(ownerOf(visit))
      if (running < placesMax) {
        running++
        return takePlace(lane)
      }
      if (line.size >= queueMax) makeRoom(lane)
      return wait(lane, signal)
    },
    get running() {
      return running
    },
    get waiting() {
      return line.size
    },
  }
}
