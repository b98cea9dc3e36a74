import { setImmediate } from 'node:timers/promises'
import { stopOnSignal } from './stop-on-signal.ts'

interface Running {
  stop(): Promise<void>
}

/**
 * Starts something, tells of it, and has it run until a signal says stop. One that comes before all is started is obeyed
 * as soon as it is, and then nobody is told.
 */
export async function runUntilStopped<Started extends Running>(
  graceMs: number,
  start: () => Promise<Started>,
  tell: (running: Started) => Promise<void>,
): Promise<void> {
  const started = Promise.withResolvers<Started>()
  let ending: Promise<void> | undefined
  function end(): Promise<void> {
    ending ??= started.promise.then((running) => running.stop())
    return ending
  }
  // Why it did not start is told first.
  stopOnSignal(graceMs, () => end().finally(setImmediate))
  start().then(started.resolve, started.reject)
  const running = await started.promise
  if (ending !== undefined) return
  await tell(running).catch(async (thrown) => {
    await end()
    throw thrown
  })
}
