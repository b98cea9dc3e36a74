import type { LedgerPlace } from '../../src/usage/of-ledger.ts'
import type { SpoolOwner } from '../../src/usage/spool-file.ts'

const address = 'sqlite'

/** A process whose database was never reached. */
export function ownerOf(process: string): SpoolOwner {
  return { process, address }
}

/** Whose the entries of such a process are. */
export const unreached: LedgerPlace = { id: undefined, address }
