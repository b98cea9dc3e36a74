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
  /** Plain where there is none. */
  readonly encryption?: MysqlEncryption
}

export interface MysqlEncryption {
  /**
   * In the words of MySQL's own clients. REQUIRED looks at no certificate; VERIFY_CA wants one of a trusted authority, and
   * VERIFY_IDENTITY one for the host besides. None of them ever falls back to plain.
   */
  readonly mode: 'REQUIRED' | 'VERIFY_CA' | 'VERIFY_IDENTITY'
  /** The certificates of the trusted authorities, in PEM; those that Node trusts where there are none. */
  readonly authorities?: string
}

export type DatabaseSettings = SqliteSettings | MysqlSettings

/** How long MySQL may take; SQLite answers at once, or after its own 2 s when the file is locked. */
export interface Deadlines {
  readonly acquireMs: number
  readonly queryMs: number
}
