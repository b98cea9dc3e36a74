/** Looks whether an engine moves at all while nothing else tells. */
export interface Standstill {
  /** Begins anew. */
  restart(): void
  stop(): void
}

/**
 * Calls `onStill`, once, where the engine had come no further at one look than at the one before. `read` tells how far it
 * has come, undefined where nobody can say; it never rejects.
 */
export function watchStandstill(
  everyMs: number,
  read: () => Promise<number | undefined>,
  onStill: () => void,
): Standstill {
  let before: number | undefined
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const asked = timer
    const now = await read()
    // Begun anew meanwhile, or over.
    if (asked !== timer) return
    if (now !== undefined && now === before) return onStill()
    before = now
    wait()
  }

  function wait(): void {
    timer = setTimeout(look, everyMs)
  }

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
  }

  wait()
  return {
    restart() {
      stop()
      before = undefined
      wait()
    },
    stop,
  }
}
