import { written } from './written.ts'

export type DatabaseSettings =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'mysql'
      host: string
      port: number
      user: string
      password: string
      database: string
      socketPath?: string
    }

const wanted =
  'sqlite:PATH of a file, or mysql://user:password@host:3306/database with special characters percent-encoded ' +
  'and no parameter but socketPath'

/**
 * Where the keys and the ledger live. The path of an SQLite file is as it was written. What is wrong is told without a
 * piece of the address: a password that is not percent-encoded can end up in any piece.
 */
export const databaseUrlSchema = written(wanted, (raw) => readDatabaseUrl(String(raw)))

function readDatabaseUrl(text: string): DatabaseSettings | undefined {
  if (/^sqlite:/i.test(text)) return readSqliteUrl(text.slice('sqlite:'.length))
  return /^mysql:\/\//i.test(text) ? readMysqlUrl(text) : undefined
}

/** Two slashes mean a host to some and a relative path to others; a database in memory would forget every key. */
function readSqliteUrl(path: string): DatabaseSettings | undefined {
  const isAmbiguous = /^\/\/(?!\/)/.test(path)
  if (path === '' || isAmbiguous || path === ':memory:' || /^~|[?#\0]/.test(path)) return undefined
  return { kind: 'sqlite', path }
}

function readMysqlUrl(text: string): DatabaseSettings | undefined {
  // A URL is read without the white space in it, and a password might have some.
  const url = /\s/.test(text) ? null : URL.parse(text)
  if (url === null || url.hostname === '' || url.username === '' || url.hash !== '') return undefined
  const database = decode(url.pathname.slice(1))
  const user = decode(url.username)
  const password = decode(url.password)
  const socket = readSocketPath(url.searchParams)
  if (!database || database.includes('/') || !user || password === undefined || socket === undefined) return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { kind: 'mysql', host, port: url.port === '' ? 3306 : Number(url.port), user, password, database, ...socket }
}

function readSocketPath(parameters: URLSearchParams): { socketPath?: string } | undefined {
  if (parameters.size === 0) return {}
  const socketPath = parameters.get('socketPath')
  return parameters.size === 1 && socketPath?.startsWith('/') ? { socketPath } : undefined
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
  const socket = database.socketPath === undefined ? '' : `?socketPath=${encodeURIComponent(database.socketPath)}`
  const name = encodeURIComponent(database.database)
  return `mysql://${encodeURIComponent(database.user)}${password}@${host}:${database.port}/${name}${socket}`
}
