import type { Database } from '../../src/database/database.ts'
import { watchAbandonedNotes } from '../../src/usage/abandoned-notes.ts'
import { addEntries } from '../../src/usage/add-entries.ts'
import { type EntryKeeper, openEntry } from '../../src/usage/entry.ts'
import { createRunningEntries } from '../../src/usage/running-entries.ts'
import { createShipper } from '../../src/usage/shipper.ts'
import { createSpool } from '../../src/usage/spool.ts'
import { openSpoolFile, type SpoolFile } from '../../src/usage/spool-file.ts'
import { openSpoolReader } from '../../src/usage/spool-reader.ts'
import { reportSpool } from '../../src/usage/spool-report.ts'
import { openSpoolWal } from '../../src/usage/spool-wal.ts'
import { cardOf, opening } from '../support/test-entry.ts'
import { ownerOf, unreached } from './spool-owner.ts'

export interface LedgerProcessParts {
  readonly path: string
  readonly database: Database
  readonly name: string
  now(): number
}

export const noteEveryMs = 2000
export const noteGraceMs = 6000

/** The ledger's parts as a gateway puts them together, in a process that a test can kill between any two steps. */
export function startLedgerProcess({ path, database, name, now }: LedgerProcessParts) {
  let isDead = false
  const ignore = () => undefined
  const alive = <Result>(run: () => Result): Result => {
    if (isDead) throw new Error('The process is dead.')
    return run()
  }
  const spool = createSpool({
    open: () => alive(() => mortal(openSpoolFile(path, ownerOf(name)), alive)),
    log: { info: ignore, error: ignore },
    retryMs: 1_000_000,
    pauseMaxMs: 1_000_000,
  })
  const note: Parameters<typeof createRunningEntries>[0]['note'] = (entries) =>
    spool.note(entries.map((entry) => ({ id: entry.id, entry: entry.rowNow() })))
  const running = createRunningEntries({ now, noteEveryMs, note })
  const abandoned = watchAbandonedNotes({
    file: () => (isDead ? undefined : spool.file),
    now,
    graceMs: noteGraceMs,
    everyMs: 1_000_000,
    onEnded: ignore,
  })
  const reader = openSpoolReader(path)
  const wal = openSpoolWal(path, 20)
  let isPaused = false
  const shipper = createShipper({
    read: (after, max) => reader.read(unreached, after, max),
    add: (entries) => addEntries(database, entries),
    onShipped: (sequence) => spool.removeTo(sequence),
    onRefused: (sequence, reason) => spool.refuse({ sequence, reason }),
    batchMax: 3,
  })
  const keeper: EntryKeeper = {
    now,
    card: cardOf({ message: 7 }),
    admit: running.add,
    keep(entry, row) {
      running.remove(entry)
      return spool.end({ id: entry.id, entry: row, noted: entry.noted })
    },
  }
  return {
    open: (id: string) => openEntry({ ...opening, id }, keeper),
    noteDue: running.noteDue,
    lookForAbandoned: abandoned.look,
    shipSome: shipper.shipSome,
    checkpoint: () => void wal.checkpoint(),
    beginWalAnew: wal.beginAnew,
    get isPaused() {
      return isPaused
    },
    pause() {
      isPaused = true
      spool.pause()
    },
    goOn() {
      isPaused = false
      spool.goOn()
    },
    state: () => reportSpool(path, unreached),
    /** What is in memory is gone; what the system was given is not. */
    kill() {
      isDead = true
      running.stop()
      abandoned.stop()
      reader.close()
      wal.close()
      spool.close()
    },
  }
}

export type LedgerProcess = ReturnType<typeof startLedgerProcess>

function mortal(file: SpoolFile, alive: <Result>(run: () => Result) => Result): SpoolFile {
  return { ...file, write: (changes) => alive(() => file.write(changes)) }
}
