import type { Writable } from 'node:stream'

/** Where log lines go: gathered, then written together. */
export interface GatheringStream {
  /** Takes one line of JSON with its end. */
  write(json: string): void
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
 * blocked pipe, as file systems' writes do, would even keep the process from ending. `show` makes of each line what is read.
 */
export function createGatheringStream(out: Writable, show = (json: string) => json): GatheringStream {
  let gathered = ''
  let lines = 0
  let dropped = 0
  const timer = setInterval(flush, gatherMs)
  timer.unref()
  // The reader may go away; the server stays.
  out.on('error', () => undefined)

  function flush(): void {
    if (gathered === '') return
    // A reader that has gone away does not come back.
    if (out.writableLength > keptMax) dropped += lines
    else if (!out.destroyed) writeAll()
    gathered = ''
    lines = 0
  }

  function writeAll(): void {
    out.write(dropped === 0 ? gathered : show(noteOf(dropped)) + gathered)
    dropped = 0
  }

  return {
    write(json) {
      gathered += show(json)
      lines++
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

function noteOf(dropped: number): string {
  const note = { level: 40, time: new Date().toISOString(), dropped, msg: 'log lines were dropped: nobody read them' }
  return `${JSON.stringify(note)}\n`
}
