import { resolve, sep } from 'node:path'
import { DatabaseError } from '../database/database-error.ts'
import { SchemaVersionError } from '../database/migrate.ts'
import { DamagedFileError } from '../keys/private-file.ts'
import type { Settings } from '../settings/settings.ts'
import { adviseOnEncryption } from './advise-on-encryption.ts'
import { CliError } from './output.ts'

type Storage = Pick<Settings, 'database' | 'dataDir'>

type Remedy = 'folder' | 'room' | 'backup'

/** What is to be done about a file or a folder, by what it cannot be for this user. */
const remedies: ReadonlyMap<string, Remedy> = new Map([
  ...codesOf('folder', 'EACCES EPERM EEXIST ENOENT ENOTDIR EISDIR ELOOP ENAMETOOLONG EROFS'),
  ...codesOf('folder', 'SQLITE_CANTOPEN SQLITE_READONLY'),
  ...codesOf('room', 'ENOSPC EDQUOT SQLITE_FULL'),
  ...codesOf('backup', 'SQLITE_CORRUPT SQLITE_NOTADB'),
])

function codesOf(remedy: Remedy, codes: string): (readonly [string, Remedy])[] {
  return codes.split(' ').map((code) => [code, remedy])
}

/** Why the database or the data folder cannot be used, in words; what is something else comes back as it is. */
export function explainStorage(thrown: unknown, settings: Storage): unknown {
  if (thrown instanceof SchemaVersionError || thrown instanceof DamagedFileError) return new CliError(thrown.message)
  if (thrown instanceof DatabaseError) return new CliError(describeDatabase(thrown, settings))
  const isOfFile = thrown instanceof Error && 'path' in thrown && typeof thrown.path === 'string'
  const code = isOfFile && 'code' in thrown ? String(thrown.code) : ''
  if (!isOfFile || !remedies.has(code)) return thrown
  const path = resolve(String(thrown.path))
  const found = isOf(path, settings.dataDir) ? `The data folder ${settings.dataDir}` : path
  return new CliError(`${found} cannot be used (${code}). ${adviceFor(code, path, settings)}`)
}

function describeDatabase(thrown: DatabaseError, settings: Storage): string {
  const { message } = thrown
  const { database } = settings
  const advice = adviseOnDatabase(thrown, settings)
  if (database.kind !== 'sqlite') {
    return advice === undefined ? message : `${message} ${advice}`
  }
  const found = `${message.replace(/\.$/, '')}: ${resolve(database.path)}.`
  return advice === undefined ? found : `${found} ${advice}`
}

/** What to do about a database that cannot be used; undefined where its failure does not tell. */
export function adviseOnDatabase({ code, denied }: DatabaseError, settings: Storage): string | undefined {
  const { database } = settings
  if (denied !== undefined) {
    return `GRANT ${denied.right} ON ${denied.table} TO its user; config/README.md lists the rights that the gateway needs.`
  }
  if (database.kind !== 'sqlite') return adviseOnEncryption(code, database.encryption)
  return adviceFor(code, resolve(database.path), settings)
}

function adviceFor(code: string, path: string, { dataDir }: Storage): string | undefined {
  const how = isOf(path, dataDir) ? '--data-dir or GATEWAY_DATA_DIR' : 'the settings'
  switch (remedies.get(code)) {
    case 'folder':
      return `Give this user a folder that it may write to, with ${how}.`
    case 'room':
      return `Make room on its disk, or name another folder with ${how}.`
    case 'backup':
      return `It stays as it is: put a backup in its place, or name another with ${how}.`
    default:
      return undefined
  }
}

/** Also what is above the folder, in the way of it. */
function isOf(path: string, folder: string): boolean {
  return isBelow(path, folder) || isBelow(folder, path)
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep)
}
