export interface SqliteSettings {
  readonly kind: 'sqlite'
  readonly path: string
}

export interface MysqlSettings {
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
