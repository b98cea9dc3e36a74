import type { Writable } from 'node:stream'

/** Where log lines go: gathered, then written together. */
export interface GatheringStream {
  write(line: string): void
  /** Writes what is gathered and waits for the reader to take it, half a second at most. */
  close(): Promise<void>
}

/** Lines are gathered to this many characters, or for this long, before they are written. */
const gatherLength = 4096
const gatherMs = 200
/** When nobody reads, this much is kept and further lines are dropped: a blocked pipe must not stall the server. */
const keptMax = 4 * 1024 * 1024
const closeMs = 500

/**
 * Writes to a pipe are never waited for: what it does not take lies in memory, up to a bound. A thread that writes to a
 * blocked pipe, as file systems' writes do, would even keep the process from ending.
 */
export function createGatheringStream(out: Writable): GatheringStream {
  let gathered = ''
  let dropped = 0
  const timer = setInterval(flush, gatherMs)
  timer.unref()
  // The reader may go away; the server stays.
  out.on('error', () => undefined)

  function flush(): void {
    // Nobody will ever read it.
    if (out.destroyed) gathered = ''
    if (gathered === '') return
    if (out.writableLength > keptMax) {
      dropped += gathered.split('\n').length - 1
      gathered = ''
      return
    }
    const note =
      dropped === 0
        ? ''
        : `${JSON.stringify({ level: 40, time: new Date().toISOString(), dropped, msg: 'log lines were dropped: nobody read them' })}\n`
    dropped = 0
    out.write(note + gathered)
    gathered = ''
  }

  return {
    write(line) {
      gathered += line
      if (gathered.length >= gatherLength) flush()
    },
    async close() {
      clearInterval(timer)
      flush()
      if (out.destroyed || out.writableLength === 0) return
      const taken = Promise.withResolvers<void>()
      const patience = setTimeout(taken.resolve, closeMs)
      out.write('', () => taken.resolve())
      await taken.promise
      clearTimeout(patience)
    },
  }
}
