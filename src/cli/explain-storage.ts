import { resolve, sep } from 'node:path'
import { DatabaseError } from '../database/database-error.ts'
import { SchemaVersionError } from '../database/migrate.ts'
import type { Settings } from '../settings/settings.ts'
import { CliError } from './output.ts'

type Storage = Pick<Settings, 'database' | 'dataDir'>

/** What a file or a folder cannot be for this user. */
const placeCodes: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EROFS', 'ENOSPC'],
  ...['SQLITE_CANTOPEN', 'SQLITE_READONLY'],
])

/** Why the database or the data folder cannot be used, in words; what is something else comes back as it is. */
export function explainStorage(thrown: unknown, settings: Storage): unknown {
  if (thrown instanceof SchemaVersionError) return new CliError(thrown.message)
  if (thrown instanceof DatabaseError) return new CliError(describeDatabase(thrown, settings))
  const isOfFile = thrown instanceof Error && 'path' in thrown && typeof thrown.path === 'string'
  if (!isOfFile || !('code' in thrown) || !placeCodes.has(String(thrown.code))) return thrown
  const path = resolve(String(thrown.path))
  const found = isBelow(path, settings.dataDir) ? `The data folder ${settings.dataDir}` : path
  return new CliError(`${found} cannot be used (${thrown.code}). ${adviceFor(path, settings)}`)
}

function describeDatabase({ code, message }: DatabaseError, settings: Storage): string {
  const { database } = settings
  if (database.kind !== 'sqlite') return `The database cannot be used: ${code}.`
  const path = resolve(database.path)
  const said = `${message.replace(/\.$/, '')}: ${path}.`
  return placeCodes.has(code) ? `${said} ${adviceFor(path, settings)}` : said
}

function adviceFor(path: string, { dataDir }: Storage): string {
  const how = isBelow(path, dataDir) ? '--data-dir or GATEWAY_DATA_DIR' : 'the settings'
  return `Give this user a folder that it may write to, with ${how}.`
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep)
}
