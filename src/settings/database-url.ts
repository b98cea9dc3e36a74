import * as z from 'zod'
import {
  type DatabaseParameters,
  findAuthoritiesPath,
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
    if ('kind' in database) return database
    for (const { wanted: message, ...params } of database) context.addIssue({ code: 'custom', message, params })
    return z.NEVER
  })

type Misfits = readonly (Partial<ParameterMisfit> & Pick<ParameterMisfit, 'wanted'>)[]

function readDatabaseUrl(text: string): DatabaseSettings | Misfits {
  const database = /^sqlite:/i.test(text) ? readSqliteUrl(text.slice('sqlite:'.length)) : undefined
  return database ?? (isMysqlUrl(text) ? readMysqlUrl(text) : [{ wanted }])
}

function isMysqlUrl(text: string): boolean {
  return /^mysql:\/\//i.test(text)
}

/** Two slashes mean a host to some and a relative path to others; a database in memory would forget every key. */
function readSqliteUrl(path: string): DatabaseSettings | undefined {
  const isAmbiguous = /^\/\/(?!\/)/.test(path)
  if (path === '' || isAmbiguous || path === ':memory:' || /^~|[?#\0]/.test(path)) return undefined
  return { kind: 'sqlite', path }
}

function readMysqlUrl(text: string): DatabaseSettings | Misfits {
  const url = parseUrl(text)
  const address = url === undefined ? undefined : readAddress(url)
  const parameters = readParameters(searchOf(url, address))
  if (address !== undefined && !Array.isArray(parameters)) return { ...address, ...parameters }
  return [...(address === undefined ? [{ wanted }] : []), ...(Array.isArray(parameters) ? parameters : [])]
}

/** Of an address that cannot be read, what is before an @ are no parameters, but pieces of its password. */
function searchOf(url: URL | undefined, address: MysqlAddress | undefined): string {
  const search = url?.search ?? ''
  return address === undefined && search.includes('@') ? '' : search
}

/** A URL is read without the white space in it, and a password might have some. */
function parseUrl(text: string): URL | undefined {
  return (/\s/.test(text) ? null : URL.parse(text)) ?? undefined
}

type MysqlAddress = Omit<MysqlSettings, keyof DatabaseParameters>

function readAddress(url: URL): MysqlAddress | undefined {
  if (url.hostname === '' || url.username === '' || url.hash !== '') return undefined
  const database = decode(url.pathname.slice(1))
  const user = decode(url.username)
  const password = decode(url.password)
  if (!database || database.includes('/') || !user || password === undefined) return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { kind: 'mysql', host, port: url.port === '' ? 3306 : Number(url.port), user, password, database }
}

/** What a URL says of `ssl-ca`, also where something else is wrong with it. */
export function readAuthoritiesPath(databaseUrl: unknown): string | undefined {
  if (typeof databaseUrl !== 'string' || !isMysqlUrl(databaseUrl)) return undefined
  const url = parseUrl(databaseUrl)
  return findAuthoritiesPath(searchOf(url, url && readAddress(url)))
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
