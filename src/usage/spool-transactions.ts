import type { DatabaseSync } from 'node:sqlite'

/** Runs something as one transaction, of which all is written or nothing. Throws what it throws, and what SQLite throws. */
export type InTransaction = (run: () => void) => void

export function transactionsOn(database: DatabaseSync): InTransaction {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  return (run) => {
    begin.run()
    try {
      run()
      commit.run()
    } catch (thrown) {
      // SQLite has rolled back by itself after some failures, such as a full disk.
      if (database.isTransaction) rollback.run()
      throw thrown
    }
  }
}
