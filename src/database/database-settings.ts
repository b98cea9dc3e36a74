interface Migrating {
  /** False for one that only looks whether the tables are up to date, and waits until another has brought them there. */
  readonly mayMigrate?: boolean
}

export interface SqliteSettings extends Migrating {
  readonly kind: 'sqlite'
  readonly path: string
}

export interface MysqlSettings extends Migrating {
  readonly kind: 'mysql'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly socketPath?: string
}

export type DatabaseSettings = SqliteSettings | MysqlSettings

/** How long MySQL may take; SQLite answers at once, or after its own 2 s when the file is locked. */
export interface Deadlines {
  readonly acquireMs: number
  readonly queryMs: number
}
