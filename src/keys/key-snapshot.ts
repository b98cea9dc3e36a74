import { readFile } from 'node:fs/promises'
import { hashKey } from './key-format.ts'
import type { KeyRecord } from './key-store.ts'
import { replacePrivateFile } from './private-file.ts'

/** What was read last, kept on disk for a start while the database is away. It holds hashes, never keys. */
export interface Snapshot {
  readonly readAtMs: number
  readonly records: readonly KeyRecord[]
}

const version = 1

export async function writeSnapshot(path: string, identity: string, snapshot: Snapshot): Promise<void> {
  await replacePrivateFile(path, JSON.stringify({ version, store: hashKey(identity), ...snapshot }))
}

/** Undefined for a file that is missing, damaged, or of another store; whether it is too old is for others to say. */
export async function readSnapshot(path: string, identity: string): Promise<Snapshot | undefined> {
  try {
    const snapshot: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isSnapshot(snapshot, hashKey(identity)) ? snapshot : undefined
  } catch {
    return undefined
  }
}

/** All fields as they may come from a file. */
type Fields<Shape> = { readonly [Name in keyof Shape]?: unknown }

function isSnapshot(value: unknown, store: string): value is Snapshot {
  if (typeof value !== 'object' || value === null) return false
  const fields: Fields<Snapshot & { version: number; store: string }> = value
  if (fields.version !== version || fields.store !== store || typeof fields.readAtMs !== 'number') return false
  return Array.isArray(fields.records) && fields.records.every(isRecord)
}

function isRecord(value: unknown): value is KeyRecord {
  if (typeof value !== 'object' || value === null) return false
  const { hash, id, name, services, expiresAtMs, isRevoked }: Fields<KeyRecord> = value
  const isNamed = typeof id === 'string' && typeof name === 'string' && typeof hash === 'string'
  const isDated = expiresAtMs === null || typeof expiresAtMs === 'number'
  return isNamed && isDated && isServices(services) && typeof isRevoked === 'boolean'
}

function isServices(value: unknown): boolean {
  return value === 'all' || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
}
