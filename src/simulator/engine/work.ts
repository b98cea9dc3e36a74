import type { Exchange } from '../exchange/exchange.ts'
import type { EarlyEnd, Engine } from './engine.ts'
import { sleepUnlessAborted, waitUnlessAborted } from './wait.ts'

/** A run that ends when the client leaves. */
export function openRun({ response }: Exchange): AbortController {
  const run = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) run.abort('left' satisfies EarlyEnd)
  })
  return run
}

export interface Job {
  /** How long the place is used before there is an answer, besides what a fault adds. */
  readonly milliseconds: number
  /** Not called where the client has left. */
  readonly answer: () => Promise<void>
}

/**
 * Waits for a place, begins, computes, answers, and gives the place back once the reply is over: one that a fault left
 * hanging keeps its place, as its computation would.
 */
export async function work(exchange: Exchange, engine: Engine, run: AbortController, begin: () => Job): Promise<void> {
  const { signal } = run
  await engine.enter(run)
  try {
    if (signal.reason === 'left') return
    const { milliseconds, answer } = begin()
    await compute(exchange, milliseconds, signal)
    await engine.whenAwake(signal)
    if (signal.reason === 'left') return
    await answer()
    if (!exchange.response.writableEnded) await untilAborted(signal)
  } finally {
    engine.leave(run)
  }
}

/** Takes the time, and what the faults of the request add to it. */
export async function compute({ faults }: Exchange, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (faults.has('dead-engine')) await untilAborted(signal)
  const all = milliseconds + (faults.get('slow-first') ?? 0)
  if (all > 0) await sleepUnlessAborted(all, signal)
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return waitUnlessAborted(signal, () => () => undefined)
}
