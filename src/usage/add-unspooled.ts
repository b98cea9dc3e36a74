import type { Database } from '../database/database.ts'
import { addEntries } from './add-entries.ts'
import { failureCode } from './failure-code.ts'
import { createShipper } from './shipper.ts'
import type { LedgerLog } from './shipping-news.ts'

/** As often as it takes to tell an entry that is refused from a database that is away. */
const failuresMax = 6

/**
 * Ships what no spool would take to the database itself, batch by batch until so much time is over: it is the last that can be
 * done before the process ends. Says what is lost all the same. Never rejects.
 */
export async function addUnspooled(
  database: Database,
  entries: readonly object[],
  withinMs: number,
  log: LedgerLog,
): Promise<void> {
  if (entries.length === 0) return
  const deadline = performance.now() + withinMs
  const spooled = entries.map((entry, index) => ({ sequence: index + 1, entry: JSON.stringify(entry) }))
  let shippedTo = 0
  let refused = 0
  let reason = 'TOO_SLOW'
  const shipper = createShipper({
    read: (after, max) => spooled.slice(after, after + max),
    add: (rows) => addEntries(database, rows),
    onShipped: (sequence) => {
      shippedTo = sequence
    },
    onRefused: (_sequence, why) => {
      reason = why
      refused++
    },
  })
  try {
    await database.migrate()
    let failures = 0
    while (shippedTo < spooled.length && failures < failuresMax && performance.now() < deadline) {
      const turn = await shipper.shipSome()
      if (turn.outcome !== 'failed') continue
      reason = turn.reason
      failures++
    }
  } catch (thrown) {
    reason = failureCode(thrown)
  }
  const lost = spooled.length - shippedTo + refused
  if (lost === 0)
    log.info({ added: shippedTo }, 'the entries of the ledger that no spool would take are in the database')
  else log.error({ lost, reason }, 'neither the spool nor the database takes them: entries of the ledger are lost')
}
