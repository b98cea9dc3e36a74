import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { transactionsOn } from './spool-transactions.ts'

/** As many as hold up whoever writes beside it for some milliseconds. */
const batchMax = 500
const pauseMs = 5

/**
 * Gives a ledger the entries of a spool for which a condition holds, and returns how many that were; the condition must
 * not hold for those of that ledger. They are put at the end: whoever ships the ledger's may have read beyond where they
 * are. Throws what SQLite throws.
 */
export async function moveEntries(
  database: DatabaseSync,
  ledger: string,
  [condition, ...parameters]: readonly [string, ...string[]],
): Promise<number> {
  const last = database.prepare(
    `SELECT max(sequence) AS last FROM (SELECT sequence FROM ended WHERE ${condition} ORDER BY sequence LIMIT ${batchMax})`,
  )
  const these = `FROM ended WHERE sequence <= ? AND ${condition}`
  const append = database.prepare(`INSERT INTO ended (entry, ledger) SELECT entry, ? ${these} ORDER BY sequence`)
  const remove = database.prepare(`DELETE ${these}`)

  const inTransaction = transactionsOn(database)
  let moved = 0

  function moveSome(): void {
    const upTo = Number(last.get(...parameters)?.['last'])
    append.run(ledger, upTo, ...parameters)
    moved += Number(remove.run(upTo, ...parameters).changes)
  }

  // Mostly there are none, and nobody is to wait for that.
  while (last.get(...parameters)?.['last'] !== null) {
    inTransaction(moveSome)
    await wait(pauseMs)
  }
  return moved
}
