/**
 * Waits until `start` calls back, or until the signal aborts; never rejects, the caller looks at the signal. `start`
 * returns what undoes it.
 */
export function waitUnlessAborted(signal: AbortSignal, start: (done: () => void) => () => void): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const undo = start(finish)
    signal.addEventListener('abort', finish)

    function finish(): void {
      signal.removeEventListener('abort', finish)
      undo()
      resolve()
    }
  })
}

export function sleepUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  return waitUnlessAborted(signal, (done) => {
    const timer = setTimeout(done, milliseconds)
    return () => clearTimeout(timer)
  })
}
