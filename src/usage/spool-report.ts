import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { idsOf, isOfLedger, knowsLedgers, type LedgerPlace } from './of-ledger.ts'

export interface SpoolReport {
  /** Entries that are still to be shipped to the database in question. */
  readonly waiting: number
  /** Entries of other databases' ledgers. */
  readonly elsewhere: number
  readonly refused: number
  readonly running: number
}

/**
 * How a spool is that a gateway may be using, as seen from one database; undefined where there is none. Throws what SQLite throws.
 */
export function reportSpool(path: string, place: LedgerPlace): SpoolReport | undefined {
  if (!existsSync(path)) return undefined
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
  try {
    const count = (what: string, ...values: string[]) =>
      Number(database.prepare(`SELECT count(*) AS rows FROM ${what}`).get(...values)?.['rows'])
    const elsewhere = knowsLedgers(database) ? count(`ended WHERE NOT ${isOfLedger}`, ...idsOf(place)) : 0
    const waiting = count('ended') - elsewhere
    return { waiting, elsewhere, refused: count('refused'), running: count('running') }
  } finally {
    database.close()
  }
}
