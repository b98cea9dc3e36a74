import type { MysqlPool, MysqlPoolConnection } from 'kysely'
import { createPool, type Pool, type PoolConnection } from 'mysql2'
import { DatabaseError } from './database-error.ts'
import type { Deadlines, MysqlSettings } from './database-settings.ts'
import { guardConnection } from './mysql-connection.ts'
import { encryptionOptions } from './mysql-encryption.ts'
import { toDatabaseError } from './mysql-error.ts'

const connectionsMax = 8
/** Waiting for a connection beyond this many is refused at once; 0 would mean without bound. */
const waitingMax = 64
const closeMs = 1000

/**
 * A mysql2 pool as Kysely's MysqlDialect wants it, with deadlines that hold: mysql2 has none for acquiring, and its own
 * for queries leaves the connection occupied. Every error that comes out is a DatabaseError.
 */
export function createMysqlPool(settings: MysqlSettings, deadlines: Deadlines): MysqlPool {
  const pool = createPool(poolOptions(settings, deadlines))
  const open = new Set<PoolConnection>()
  pool.on('connection', (connection) => {
    open.add(connection)
    connection.once('end', () => open.delete(connection))
    prepareSession(connection)
  })
  return {
    getConnection(callback) {
      acquire(pool, deadlines.acquireMs).then(
        (connection) => callback(null, guardConnection(connection, deadlines.queryMs)),
        // On failure Kysely looks at the error alone; its type asks for a connection all the same.
        (thrown) => callback(thrown, undefined as unknown as MysqlPoolConnection),
      )
    },
    end: (callback) => endPool(pool, open, callback),
  }
}

function poolOptions(settings: MysqlSettings, { acquireMs }: Deadlines) {
  const { kind: _, mayMigrate: __, encryption: ___, ...address } = settings
  return {
    ...address,
    ...encryptionOptions(settings),
    connectTimeout: acquireMs,
    connectionLimit: connectionsMax,
    queueLimit: waitingMax,
    idleTimeout: 60_000,
    maxIdle: 2,
    enableKeepAlive: true,
    // Times and JSON come as the text they are, and numbers beyond 2^53 too: decoding is not the driver's.
    timezone: 'Z',
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    // An object among the parameters would be spliced into the SQL as `key` = 'value'.
    stringifyObjects: true,
    multipleStatements: false,
    // A hostile server could ask for files of ours.
    flags: ['-LOCAL_FILES'],
    maxPreparedStatements: 64,
  }
}

/** TIMESTAMP columns are told in the session's time zone, and what a statement means depends on the server's SQL mode. */
function prepareSession(connection: PoolConnection): void {
  // The pool listens for the first error only; a second one without a listener would end the process.
  connection.on('error', () => {})
  connection.query("SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'", (error) => {
    if (error !== null) connection.destroy()
  })
}

function acquire(pool: Pool, acquireMs: number): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      reject(new DatabaseError('DEADLINE'))
    }, acquireMs)
    pool.getConnection((error, connection) => {
      clearTimeout(timer)
      if (error) reject(toDatabaseError(error))
      else if (isLate) connection.release()
      else resolve(connection)
    })
  })
}

/** A server that does not answer would never let the pool say goodbye. */
function endPool(pool: Pool, open: ReadonlySet<PoolConnection>, callback: (error: unknown) => void): void {
  let isEnded = false
  const settle = () => {
    if (isEnded) return
    isEnded = true
    clearTimeout(timer)
    for (const connection of open) connection.destroy()
    callback(null)
  }
  const timer = setTimeout(settle, closeMs)
  pool.end(settle)
}
