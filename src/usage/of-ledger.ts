import type { DatabaseSync } from 'node:sqlite'

/** A ledger, and where the database that holds it was reached, or is to be. */
export interface LedgerPlace {
  /** Undefined where nobody knows it yet. */
  readonly id: string | undefined
  /** Without secrets. */
  readonly address: string
}

export interface FoundLedger extends LedgerPlace {
  readonly id: string
}

/**
 * What stands in the spool for the ledger that a database at an address holds, as long as nobody has reached it there. No
 * ledger's id looks like it.
 */
export function ledgerAt(address: string): string {
  return `@${address}`
}

/**
 * The condition, as SQL with `idsOf` for its parameters, that an entry in the spool is of a ledger: it says so, or it was
 * written for this address, or it says nothing, as those of older versions. It never changes for one who reads: what is
 * shipped is removed up to a sequence, and must all have been read.
 */
export const isOfLedger = '(ledger IS NULL OR ledger IN (?, ?))'

/** False for a spool of an older version that no gateway of this one has opened yet: all in it is of any ledger. */
export function knowsLedgers(spool: DatabaseSync): boolean {
  const found = spool.prepare("SELECT 1 FROM pragma_table_info('ended') WHERE name = 'ledger'").get()
  return found !== undefined
}

export function idsOf({ id = '', address }: LedgerPlace): readonly [string, string] {
  return [id, ledgerAt(address)]
}
