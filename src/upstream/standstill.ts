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
  let isOver = false

  async function look(): Promise<void> {
    const since = before
    before = await read()
    if (isOver) return
    if (before !== undefined && before === since) onStill()
    else wait()
  }

  function wait(): void {
    timer = setTimeout(look, everyMs)
  }

  wait()
  return {
    restart() {
      before = undefined
    },
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}
