import { GatewayError } from '../chat/gateway-error.ts'
import type { Admission, Place } from '../chat/serve-chat.ts'

export interface PlacesOptions {
  /** Requests that run at once; more would only wait inside vLLM, where nobody sees them. */
  readonly placesMax: number
  /** Requests that wait at most; beyond, they are refused. */
  readonly queueMax: number
}

export interface Places extends Admission {
  readonly running: number
  readonly waiting: number
}

interface Waiter {
  admit(place: Place): void
}

/**
 * The places of one service, and the queue before them: first come, first served. A place that is left is handed to the
 * next in line, never put down first, so that nobody slips in between.
 */
export function createPlaces({ placesMax, queueMax }: PlacesOptions): Places {
  const queue = new Set<Waiter>()
  let running = 0

  function takePlace(): Place {
    let left = false
    return {
      leave() {
        if (left) return
        left = true
        handOver()
      },
    }
  }

  function handOver(): void {
    const [next] = queue
    if (next === undefined) {
      running--
      return
    }
    queue.delete(next)
    next.admit(takePlace())
  }

  function wait(signal: AbortSignal): Promise<Place> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit(place) {
          signal.removeEventListener('abort', leaveQueue)
          resolve(place)
        },
      }
      function leaveQueue(): void {
        queue.delete(waiter)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leaveQueue, { once: true })
      queue.add(waiter)
    })
  }

  return {
    enter({ signal }) {
      signal.throwIfAborted()
      if (running < placesMax) {
        running++
        return takePlace()
      }
      if (queue.size >= queueMax) throw full()
      return wait(signal)
    },
    get running() {
      return running
    },
    get waiting() {
      return queue.size
    },
  }
}

function full(): GatewayError {
  const message = 'All places are taken and the queue is full. Please try again shortly.'
  return new GatewayError('overloaded', message, { retryAfterSeconds: 5 })
}
