import { randomBytes } from 'node:crypto'
import { createConnection } from 'mysql2/promise'

/** A database of its own on a server that others share. */
export interface TestDatabase {
  readonly name: string
  readonly url: string
  readonly settings: MysqlSettings
  execute(statements: string): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

export interface MysqlSettings {
  readonly kind: 'mysql'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export function readMysqlUrl(text: string): MysqlSettings {
  const url = new URL(text)
  return {
    kind: 'mysql',
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  }
}

/** Runs statements over a connection of their own; resolves with what the last one returned. */
export async function executeOn(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const { kind: _, ...settings } = readMysqlUrl(url)
  const connection = await createConnection({ ...settings, multipleStatements: true, connectTimeout: 10_000 })
  try {
    const [result, fields] = await connection.query(statements)
    const isMany = Array.isArray(fields?.[0]) || (Array.isArray(result) && fields?.some((field) => field === undefined))
    const last: unknown = isMany && Array.isArray(result) ? result.at(-1) : result
    // Rows are plain objects; statements that return none give a header, which is no array.
    return Array.isArray(last) ? (last as Record<string, unknown>[]) : []
  } finally {
    connection.destroy()
  }
}

/** The server that the address names must let its user create databases. */
export async function freshDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `gateway_test_${randomBytes(6).toString('hex')}`
  await executeOn(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    name,
    url: url.href,
    settings: readMysqlUrl(url.href),
    execute: (statements) => executeOn(url.href, statements),
    async drop() {
      await executeOn(serverUrl, `DROP DATABASE IF EXISTS ${name}`)
    },
  }
}
