import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ShipTurn } from './shipper.ts'

export interface ShippingLoopParts {
  /** Never throws. */
  shipSome(): Promise<ShipTurn>
  /** What waited has been shipped, or the database does not take it: all who hurried up to this number may go on. */
  onRest(number: number, failure: string | undefined): void
}

/** Ships again and again: at once while batches are full, sooner or later as the database takes them. */
export interface ShippingLoop {
  /** Resolves once it has been stopped and has ended. */
  run(): Promise<void>
  hurry(number: number): void
  /** Ships what can be shipped within this time. */
  stop(withinMs: number): void
}

/** What gathers for this long is shipped together; whoever reads the database itself sees it so much later. */
const pauseMs = 500
const retryMinMs = 250
const retryMaxMs = 4000

export function createShippingLoop({ shipSome, onRest }: ShippingLoopParts): ShippingLoop {
  const alarm = createAlarm()
  let hurried = 0
  let stopAt: number | undefined
  let failures = 0

  /** The time until the next turn. */
  function judge(turn: ShipTurn): number {
    if (turn.outcome !== 'failed') failures = 0
    else return retryMs(++failures)
    return turn.outcome === 'shipped' && turn.isFull ? 0 : pauseMs
  }

  function tellRest(turn: ShipTurn, number: number): void {
    if (turn.outcome === 'shipped' && turn.isFull) return
    onRest(number, turn.outcome === 'failed' ? turn.reason : undefined)
    // Whoever stops waits for the spool to be empty, not for a database that is away.
    if (stopAt !== undefined) stopAt = 0
  }

  return {
    async run() {
      while (stopAt === undefined || performance.now() < stopAt) {
        const number = hurried
        const turn = await shipSome()
        tellRest(turn, number)
        const waitMs = judge(turn)
        if (waitMs > 0 && number === hurried && stopAt === undefined) await alarm.wait(waitMs)
        // An embedded database never lets go of the thread, whose timers and messages have to have their turns.
        else await nextTurn()
      }
    },
    hurry(number) {
      hurried = number
      alarm.ring()
    },
    stop(withinMs) {
      stopAt = performance.now() + withinMs
      alarm.ring()
    },
  }
}

/** Doubles, with jitter so that many gateways do not ask in step. */
function retryMs(failures: number): number {
  return Math.min(retryMinMs * 2 ** (failures - 1), retryMaxMs) * (0.5 + Math.random() / 2)
}

/** A wait that can be cut short. */
function createAlarm() {
  let wake: (() => void) | undefined
  return {
    ring: () => wake?.(),
    wait(ms: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      return promise
    },
  }
}
