import { failureCode } from './failure-code.ts'
import type { RefusedEntry, SpoolChanges, SpoolFile } from './spool-file.ts'

export interface SpoolParts {
  /** Opens the file anew, and says so where it is another one now; throws what SQLite throws. */
  readonly open: (onReplaced: () => void) => SpoolFile
  /** Waits until what is written survives a power cut; only where that is asked for. */
  readonly sync?: (() => Promise<void>) | undefined
  readonly log: SpoolLog
  /** Entries that are kept in memory while the file cannot be written. */
  readonly heldMax?: number
  readonly retryMs?: number
  /** The longest pause: whoever asked for it may be gone. */
  readonly pauseMaxMs?: number
}

interface SpoolLog {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}

interface Held {
  readonly id: string
  readonly entry: object
  readonly noted: boolean
}

/** The spool's writing half: what comes in one turn of the event loop is one transaction. */
export interface Spool {
  /**
   * Resolves when the entry is where SIGKILL cannot take it, or kept in memory because the file cannot be written; undefined
   * where it is there already. `alone`: there is nobody else whose entry could share the commit of this turn.
   */
  end(held: Held, alone?: boolean): Promise<void> | undefined
  note(notes: readonly { readonly id: string; readonly entry: object }[]): void
  /** The database turned out to hold this ledger. */
  belongTo(ledger: string): void
  /** Everything up to this sequence is in the database. */
  removeTo(sequence: number): void
  refuse(refused: RefusedEntry): void
  /** Writes no entry until it is to go on, or for so long: whoever ends one waits. */
  pause(): void
  goOn(): void
  readonly state: SpoolTrouble
  /** The file, where it can be read and written now. */
  readonly file: SpoolFile | undefined
  /** Writes what is held back, and closes. Returns the entries that the file does not take. */
  close(): readonly object[]
}

interface SpoolTrouble {
  /** Why the file cannot be written; undefined where it can. */
  readonly trouble: string | undefined
  /** Entries in memory alone. */
  readonly held: number
  /** Entries that found no room there either. */
  readonly lost: number
}

const usualHeldMax = 50_000
const usualRetryMs = 1000
/** Longer than SQLite waits for somebody else's lock. */
const usualPauseMaxMs = 2500

export function createSpool(parts: SpoolParts): Spool {
  const { open, sync, log, heldMax = usualHeldMax, retryMs = usualRetryMs, pauseMaxMs = usualPauseMaxMs } = parts
  let file: SpoolFile | undefined
  let pending = createPending()
  let turn: Turn | undefined
  let trouble: string | undefined
  let lost = 0
  let retrying: NodeJS.Timeout | undefined
  let pausing: NodeJS.Timeout | undefined
  attempt()

  /** Writes all that is pending; false where it cannot. What could not be written stays pending. */
  function attempt(): boolean {
    try {
      file ??= open(() => pending.forgetSequences())
      if (!pending.isEmpty()) file.write(pending.changes())
      pending = createPending()
      if (trouble !== undefined) log.info({ lost }, 'the spool of the ledger can be written again')
      trouble = undefined
      return true
    } catch (thrown) {
      fail(thrown)
      return false
    }
  }

  function fail(thrown: unknown): void {
    const reason = failureCode(thrown)
    if (reason !== trouble)
      log.error({ reason }, 'the spool of the ledger cannot be written: entries are kept in memory')
    trouble = reason
    // A file that was taken away or broke may open again; a full disk does not mind.
    closeQuietly()
    retrying ??= setTimeout(retry, retryMs).unref()
  }

  function retry(): void {
    retrying = undefined
    attempt()
  }

  function closeQuietly(): void {
    try {
      file?.close()
    } catch {
      // It is given up anyway.
    }
    file = undefined
  }

  /** One write for everything that comes before the next turn of the event loop. */
  function thisTurn(): Turn {
    if (turn !== undefined) return turn
    turn = createTurn()
    setImmediate(endTurn)
    return turn
  }

  function endTurn(): void {
    // A turn that fell into a pause has been ended with it.
    if (turn === undefined || pausing !== undefined) return
    const { finish } = turn
    turn = undefined
    // While there is trouble the retries alone write, so that nothing waits for a disk that does not answer.
    const isWritten = trouble === undefined && attempt()
    if (isWritten && sync !== undefined) sync().then(finish, finish)
    else finish()
  }

  function goOn(): void {
    clearTimeout(pausing)
    pausing = undefined
    endTurn()
  }

  function loseOne(): void {
    if (lost === 0) log.error({ held: heldMax }, 'the memory for entries is full: entries of the ledger are lost')
    lost++
  }

  return {
    end(held, alone = false) {
      if (trouble !== undefined && pending.endedCount() >= heldMax) loseOne()
      else pending.end(held)
      if (alone && turn === undefined && trouble === undefined && pausing === undefined && attempt()) return sync?.()
      return thisTurn().finished
    },
    note(notes) {
      if (trouble !== undefined) return
      pending.note(notes)
      thisTurn()
    },
    belongTo(ledger) {
      file?.belongTo(ledger)
    },
    removeTo(sequence) {
      pending.removeTo(sequence)
      thisTurn()
    },
    refuse(refused) {
      pending.refuse(refused)
      thisTurn()
    },
    pause() {
      pausing ??= setTimeout(goOn, pauseMaxMs).unref()
    },
    goOn,
    get state() {
      return { trouble, held: trouble === undefined ? 0 : pending.endedCount(), lost }
    },
    get file() {
      return pausing === undefined ? file : undefined
    },
    close() {
      goOn()
      attempt()
      clearTimeout(retrying)
      closeQuietly()
      return pending.ended()
    },
  }
}

interface Turn {
  readonly finished: Promise<void>
  readonly finish: () => void
}

function createTurn(): Turn {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { finished: promise, finish: () => resolve() }
}

/** What is to be written next. */
function createPending() {
  const ended: Held[] = []
  const refused: RefusedEntry[] = []
  let notes: { id: string; entry: object }[] = []
  let shippedTo = 0
  return {
    ended: () => ended.map(({ entry }) => entry),
    endedCount: () => ended.length,
    isEmpty: () => ended.length + notes.length + refused.length + shippedTo === 0,
    end: (held: Held) => void ended.push(held),
    note(more: readonly { id: string; entry: object }[]) {
      notes = [...notes, ...more]
    },
    refuse: (one: RefusedEntry) => void refused.push(one),
    removeTo(sequence: number) {
      shippedTo = Math.max(shippedTo, sequence)
    },
    /** What was said of sequences was said of those of another file. */
    forgetSequences() {
      refused.length = 0
      shippedTo = 0
    },
    changes(): SpoolChanges {
      return {
        notes: notes.map(({ id, entry }) => ({ id, entry: JSON.stringify(entry) })),
        ended: ended.map(({ id, entry, noted }) => ({ id, entry: JSON.stringify(entry), noted })),
        refused,
        shippedTo,
      }
    },
  }
}
