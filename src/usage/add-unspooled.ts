import type { Database } from '../database/database.ts'
import { addEntries } from './add-entries.ts'
import { failureCode } from './failure-code.ts'
import type { LedgerLog } from './shipping-news.ts'
import { parseEntry } from './spooled-entry.ts'

const batchMax = 200

/**
 * Adds what no spool would take to the database itself, as far as that takes it within this time: it is the last that can be
 * done before the process ends. Says what is lost all the same. Never rejects.
 */
export async function addUnspooled(
  database: Database,
  entries: readonly object[],
  withinMs: number,
  log: LedgerLog,
): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map((entry) => parseEntry(JSON.stringify(entry))).filter((row) => row !== undefined)
  const deadline = performance.now() + withinMs
  let added = 0
  let reason = 'TOO_SLOW'
  try {
    await database.migrate()
    while (added < rows.length && performance.now() < deadline) {
      const batch = rows.slice(added, added + batchMax)
      await addEntries(database, batch)
      added += batch.length
    }
  } catch (thrown) {
    reason = failureCode(thrown)
  }
  const lost = entries.length - added
  if (lost > 0)
    log.error({ lost, reason }, 'neither the spool nor the database can be written: entries of the ledger are lost')
  else log.info({ added }, 'the entries of the ledger that no spool would take are in the database')
}
