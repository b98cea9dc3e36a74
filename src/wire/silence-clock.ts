/** Tells when nothing has been noted for a while. Whoever starts it stops it. */
export interface SilenceClock {
  /** Something came: the silence begins anew. */
  note(): void
  stop(): void
}

/**
 * Calls `onSilence` when nothing was noted for `limitMs`, and again each time that long after. To note costs a look at the
 * clock and no timer: it is done for every token, while the timer only looks when the silence would be over.
 */
export function startSilenceClock(limitMs: number, onSilence: () => void): SilenceClock {
  let noted = performance.now()
  let timer = setTimeout(look, limitMs)
  let stopped = false

  function look(): void {
    const leftMs = noted + limitMs - performance.now()
    // A timer may ring a little early.
    if (leftMs > 1) {
      timer = setTimeout(look, leftMs)
      return
    }
    noted = performance.now()
    onSilence()
    if (!stopped) timer = setTimeout(look, limitMs)
  }

  return {
    note() {
      noted = performance.now()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
