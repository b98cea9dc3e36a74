/** What the database's user may not do, such as INSERT, and on which table. */
export interface DeniedRight {
  readonly right: string
  readonly table: string
}

/**
 * What a database could not do. Drivers' own errors hold the SQL and its parameters, keys among them; this one holds
 * their code, the right that is missing where it is that, and nothing else, not even a cause, so that it may be logged
 * anywhere.
 */
export class DatabaseError extends Error {
  /** Such as `ER_NO_SUCH_TABLE`, `ECONNREFUSED`, `SQLITE_BUSY`, or `DEADLINE` where an answer took too long. */
  readonly code: string
  readonly errno: number | undefined
  readonly denied: DeniedRight | undefined

  constructor(code: string, errno?: number, denied?: DeniedRight) {
    const failed = denied === undefined ? words[code] : `refuses the user ${denied.right} on ${denied.table}`
    super(`The database ${failed ?? 'failed'} (${errno === undefined ? code : `${code}, ${errno}`}).`)
    this.name = 'DatabaseError'
    this.code = code
    this.errno = errno
    this.denied = denied
  }

  /** The statement names a table that is not there. */
  get isAboutMissingTable(): boolean {
    return this.code === 'ER_NO_SUCH_TABLE' || this.code === 'SQLITE_NO_SUCH_TABLE'
  }
}

const words: Readonly<Record<string, string>> = {
  DEADLINE: 'did not answer in time',
  ECONNREFUSED: 'cannot be reached',
  ECONNRESET: 'closed the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENOTFOUND: "cannot be found under the host's name",
  EAI_AGAIN: "cannot be found under the host's name",
  ENOENT: 'cannot be reached',
  EPIPE: 'closed the connection',
  ETIMEDOUT: 'cannot be reached',
  PROTOCOL_CONNECTION_LOST: 'closed the connection',
  ER_ACCESS_DENIED_ERROR: 'refuses the user or the password',
  ER_DBACCESS_DENIED_ERROR: 'refuses the user this database',
  ER_BAD_DB_ERROR: 'has no database of that name',
  ER_CON_COUNT_ERROR: 'has too many connections',
  ER_SECURE_TRANSPORT_REQUIRED: 'takes encrypted connections and sockets only',
  HANDSHAKE_NO_SSL_SUPPORT: 'offers no encryption',
  HANDSHAKE_SSL_ERROR: 'and the gateway could not agree on encryption',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'has a certificate of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a certificate of an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate of an unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a certificate that it signed itself',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet',
  ER_TABLEACCESS_DENIED_ERROR: 'refuses the user a right on a table',
  ER_COLUMNACCESS_DENIED_ERROR: 'refuses the user a right on a column',
  ER_CONNECTION_KILLED: 'closed the connection',
  ER_OPTION_PREVENTS_STATEMENT: 'is read-only',
  ER_READ_ONLY_MODE: 'is read-only',
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: 'is read-only',
  ER_ACCOUNT_HAS_BEEN_LOCKED: 'has locked the user',
  ER_MUST_CHANGE_PASSWORD: 'wants the user to have a new password',
  ER_MUST_CHANGE_PASSWORD_LOGIN: 'wants the user to have a new password',
  ER_NO_SUCH_TABLE: 'has no such table',
  ER_BAD_FIELD_ERROR: 'has no such column',
  ER_NO_SUCH_USER: 'has a view whose definer is gone',
  ER_VIEW_INVALID: 'has a view that looks at what is gone, or that its definer may not read',
  EACCES: 'file or its folder cannot be used',
  EEXIST: 'file or its folder cannot be made',
  EISDIR: 'file is a folder',
  ENOSPC: 'has no room left',
  ENOTDIR: 'file or its folder cannot be made',
  EPERM: 'file or its folder cannot be made',
  EROFS: 'file or its folder cannot be made',
  SQLITE_BUSY: 'is locked by another process',
  SQLITE_CORRUPT: 'file is damaged',
  SQLITE_NOTADB: 'file is no SQLite database',
  SQLITE_CANTOPEN: 'file cannot be opened',
  SQLITE_READONLY: 'file cannot be written',
  SQLITE_FULL: 'has no room left',
  SQLITE_NO_SUCH_TABLE: 'has no such table',
  SQLITE_NO_SUCH_COLUMN: 'has no such column',
}
