import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'

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
    `SELECT max(sequence) AS last, count(*) AS rows FROM (SELECT sequence FROM ended WHERE ${condition} ORDER BY sequence LIMIT ${batchMax})`,
  )
  const these = `FROM ended WHERE sequence <= ? AND ${condition}`
  const append = database.prepare(`INSERT INTO ended (entry, ledger) SELECT entry, ? ${these} ORDER BY sequence`)
  const remove = database.prepare(`DELETE ${these}`)

  function moveSome(): number {
    const found = last.get(...parameters)
    const upTo = Number(found?.['last'])
    append.run(ledger, upTo, ...parameters)
    remove.run(upTo, ...parameters)
    return Number(found?.['rows'])
  }

  let moved = 0
  for (;;) {
    // Mostly there are none, and nobody is to wait for that.
    if (last.get(...parameters)?.['rows'] === 0) return moved
    moved += inTransaction(database, moveSome)
    await wait(pauseMs)
  }
}

function inTransaction(database: DatabaseSync, run: () => number): number {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = run()
    database.exec('COMMIT')
    return result
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw thrown
  }
}
