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
 * written for an address where that ledger was found, or it says nothing, as those of older versions.
 */
export const isOfLedger =
  "(ledger IS NULL OR ledger IN (?, ?) OR ledger IN (SELECT '@' || address FROM ledgers WHERE id = ?))"

export function idsOf({ id = '', address }: LedgerPlace): readonly [string, string, string] {
  return [id, ledgerAt(address), id]
}
