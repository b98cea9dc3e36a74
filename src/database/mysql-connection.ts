import type { MysqlPoolConnection, MysqlQueryResult } from 'kysely'
import type { PoolConnection } from 'mysql2'
import { DatabaseError } from './database-error.ts'
import { toDatabaseError } from './mysql-error.ts'

type QueryCallback = (error: unknown, result: MysqlQueryResult) => void

/** A pooled connection as Kysely wants it, whose queries end within their deadline. */
export function guardConnection(connection: PoolConnection, queryMs: number): MysqlPoolConnection {
  return {
    config: {},
    threadId: connection.threadId ?? 0,
    connect: () => {},
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query(text, parameters: readonly unknown[], callback = () => {}) {
      const answer = text === 'rollback' ? afterRollback(connection, callback) : callback
      runWithin(queryMs, connection, answer, (done) => send(connection, text, parameters, done))
      return {
        stream() {
          throw new Error('Rows are not streamed here.')
        },
      }
    },
  }
}

/**
 * The server takes back by itself what was begun on a connection that ends. A rollback that fails has worked in this way, and
 * must not hide the failure that it follows.
 */
function afterRollback(connection: PoolConnection, callback: QueryCallback): QueryCallback {
  return (error, result) => {
    if (error !== null) connection.destroy()
    callback(null, result)
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

/**
 * After these the connection leads nowhere: late answers, servers that turned read-only or are going away, and connections
 * that were killed (1317 by MySQL, 1927 by MariaDB) or idle for too long (4031).
 */
function isUselessAfter({ code, errno = 0 }: DatabaseError): boolean {
  return code === 'DEADLINE' || [1053, 1290, 1317, 1792, 1836, 1927, 4031].includes(errno)
}
