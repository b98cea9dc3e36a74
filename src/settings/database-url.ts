import * as z from 'zod'
import {
  type DatabaseParameters,
  formatParameters,
  type ParameterMisfit,
  readParameters,
} from './database-parameters.ts'

export type DatabaseSettings = { kind: 'sqlite'; path: string } | MysqlSettings

interface MysqlSettings extends DatabaseParameters {
  kind: 'mysql'
  host: string
  port: number
  user: string
  password: string
  database: string
}

const wanted =
  'sqlite:PATH of a file, or mysql://user:password@host:3306/database with special characters percent-encoded'

/**
 * Where the keys and the ledger live. Paths are as they were written. What is wrong is told without a piece of the address:
 * a password that is not percent-encoded can end up in any piece.
 */
export const databaseUrlSchema = z
  .union([z.string(), z.number()], { error: wanted })
  .transform((raw, context): DatabaseSettings => {
    const database = readDatabaseUrl(String(raw))
    if (database !== undefined && 'kind' in database) return database
    const { wanted: message, ...params } = database ?? { wanted }
    context.addIssue({ code: 'custom', message, params })
    return z.NEVER
  })

/** Undefined where it is nothing that could be told more exactly. */
function readDatabaseUrl(text: string): DatabaseSettings | ParameterMisfit | undefined {
  if (/^sqlite:/i.test(text)) return readSqliteUrl(text.slice('sqlite:'.length))
  return /^mysql:\/\//i.test(text) ? readMysqlUrl(text) : undefined
}

/** Two slashes mean a host to some and a relative path to others; a database in memory would forget every key. */
function readSqliteUrl(path: string): DatabaseSettings | undefined {
  const isAmbiguous = /^\/\/(?!\/)/.test(path)
  if (path === '' || isAmbiguous || path === ':memory:' || /^~|[?#\0]/.test(path)) return undefined
  return { kind: 'sqlite', path }
}

function readMysqlUrl(text: string): DatabaseSettings | ParameterMisfit | undefined {
  // A URL is read without the white space in it, and a password might have some.
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (url === null || url.hostname === '' || url.username === '' || url.hash !== '') return undefined
  const database = decode(url.pathname.slice(1))
  const user = decode(url.username)
  const password = decode(url.password)
  if (!database || database.includes('/') || !user || password === undefined) return undefined
  const parameters = readParameters(url.search)
  if ('wanted' in parameters) return parameters
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    kind: 'mysql',
    host,
    port: url.port === '' ? 3306 : Number(url.port),
    user,
    password,
    database,
    ...parameters,
  }
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

/** The same address again, without its password. */
export function formatDatabaseUrl(database: Readonly<DatabaseSettings>): string {
  if (database.kind === 'sqlite') return `sqlite:${database.path}`
  const host = database.host.includes(':') ? `[${database.host}]` : database.host
  const password = database.password === '' ? '' : ':***'
  const name = encodeURIComponent(database.database)
  const address = `${host}:${database.port}/${name}${formatParameters(database)}`
  return `mysql://${encodeURIComponent(database.user)}${password}@${address}`
}
