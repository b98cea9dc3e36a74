import { SqliteAdapter, SqliteDialect } from 'kysely'

/**
 * Kysely migrates SQLite without a transaction, and takes no lock either, so that two processes that start at once would
 * run the same migration. In a transaction, which takes SQLite's own lock here, the second finds nothing left to do.
 */
export class LockingSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
