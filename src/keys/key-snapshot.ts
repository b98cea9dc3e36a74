import { readFile } from 'node:fs/promises'
import { type KeyTerms, reasoningFields } from '../chat/caller.ts'
import { hashKey } from './key-format.ts'
import type { KeyRecord } from './key-store.ts'
import { replacePrivateFile } from './private-file.ts'

/** What was read last, kept on disk for a start while the database is away. It holds hashes, never keys. */
export interface Snapshot {
  readonly readAtMs: number
  readonly records: readonly KeyRecord[]
}

const version = 2

/** Each store has its own: whoever starts with another database by mistake must not take from this one what it kept. */
export function snapshotNameOf(identity: string): string {
  return `keys-snapshot-${hashKey(identity).slice(0, 12)}.json`
}

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
  const { hash, id, name, services, expiresAtMs, isRevoked, ...terms }: Fields<KeyRecord> = value
  const isNamed = typeof id === 'string' && typeof name === 'string' && typeof hash === 'string'
  const isDated = expiresAtMs === null || typeof expiresAtMs === 'number'
  return isNamed && isDated && isServices(services) && typeof isRevoked === 'boolean' && areTerms(terms)
}

/** What is not there bounds nothing, so that what is there in another form must not be taken for it. */
function areTerms({ role, models, dialects, limits, creditsMicro, trustEndUser, defaults }: Fields<KeyTerms>): boolean {
  const areListed = [models, dialects].every((names) => names === undefined || (names !== 'all' && isServices(names)))
  const areNumbers = [creditsMicro, ...valuesOf(limits)].every(isAbsentOrNumber)
  const names: unknown = Object(defaults).reasoningFields
  const areWords =
    isOneOf(role, ['admin', 'operator', 'user']) &&
    isOneOf(trustEndUser, ['headers', 'jwt']) &&
    isOneOf(names, reasoningFields)
  return areListed && areNumbers && areWords && valuesOf(defaults).every((value) => typeof value !== 'object')
}

function valuesOf(group: unknown): unknown[] {
  if (group === undefined) return []
  return typeof group === 'object' && group !== null ? Object.values(group) : [group]
}

function isAbsentOrNumber(value: unknown): boolean {
  return value === undefined || typeof value === 'number'
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return value === undefined || (typeof value === 'string' && words.includes(value))
}

function isServices(value: unknown): boolean {
  return value === 'all' || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
}
