import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult } from 'kysely'
import { createPool, type Pool, type PoolConnection } from 'mysql2'
import { DatabaseError } from './database-error.ts'
import type { Deadlines, MysqlSettings } from './database-settings.ts'

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

function poolOptions({ kind: _, ...address }: MysqlSettings, { acquireMs }: Deadlines) {
  return {
    ...address,
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

type QueryCallback = (error: unknown, result: MysqlQueryResult) => void

function guardConnection(connection: PoolConnection, queryMs: number): MysqlPoolConnection {
  return {
    config: {},
    threadId: connection.threadId ?? 0,
    connect: () => {},
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query(text, parameters: readonly unknown[], callback = () => {}) {
      runWithin(queryMs, connection, callback, (done) => send(connection, text, parameters, done))
      return {
        stream() {
          throw new Error('Rows are not streamed here.')
        },
      }
    },
  }
}

/** Calls back exactly once, at the latest after the given time, and then with the connection destroyed. */
function runWithin(
  queryMs: number,
  connection: PoolConnection,
  callback: QueryCallback,
  run: (done: QueryCallback) => void,
): void {
  let isSettled = false
  const settle = (error: unknown, result: MysqlQueryResult) => {
    if (isSettled) return
    isSettled = true
    clearTimeout(timer)
    if (error instanceof DatabaseError && isUselessAfter(error)) connection.destroy()
    callback(error, result)
  }
  const timer = setTimeout(() => settle(new DatabaseError('DEADLINE'), []), queryMs)
  try {
    run((error, result) => settle(error === null ? null : toDatabaseError(error), result))
  } catch (thrown) {
    settle(toDatabaseError(thrown), [])
  }
}

/** Values travel apart from the statement, as text: mysql2 sends numbers as floating point. */
function send(connection: PoolConnection, text: string, parameters: readonly unknown[], done: QueryCallback): void {
  // mysql2 types results as a union of all there can be; Kysely tells them apart at run time.
  const answer = (error: unknown, result: unknown) => done(error, result as MysqlQueryResult)
  if (parameters.length === 0) connection.query(text, answer)
  else connection.execute(text, parameters.map(asText), answer)
}

function asText(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null
  return Buffer.isBuffer(value) ? value : String(value)
}

/** After these the connection leads nowhere: late answers, and servers that turned read-only or are going away. */
function isUselessAfter({ code, errno = 0 }: DatabaseError): boolean {
  return code === 'DEADLINE' || [1053, 1290, 1792, 1836, 1927].includes(errno)
}

function toDatabaseError(thrown: unknown): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown
  const { code, errno } = typeof thrown === 'object' && thrown !== null ? (thrown as ErrorFields) : {}
  return new DatabaseError(typeof code === 'string' ? code : 'UNKNOWN', typeof errno === 'number' ? errno : undefined)
}

interface ErrorFields {
  readonly code?: unknown
  readonly errno?: unknown
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
