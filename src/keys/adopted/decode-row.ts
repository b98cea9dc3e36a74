import { hashKey } from '../key-format.ts'
import type { KeyRecord } from '../key-store.ts'
import type { AdoptedTable, TokenEncoding } from './adopted-table.ts'
import { createDecodeExpiry } from './decode-expiry.ts'
import { isOn, isRevocation } from './decode-flag.ts'
import { createDecodePermissions, identify, type JoinedNames, type TableRow } from './decode-permissions.ts'
import { decodeToken } from './decode-token.ts'
import { looksLikeHash } from './like-hash.ts'
import type { RowProblem } from './row-problems.ts'

interface DecodedRow {
  /** How people find the row; empty where its table says nothing of that. */
  readonly label: string
  /** Undefined for a row that nobody can use. */
  readonly record: KeyRecord | undefined
  readonly problems: readonly RowProblem[]
}

/** What the types of columns say about their values. */
export interface ColumnTypes {
  /** MySQL converts TIMESTAMP columns, and our sessions have it convert them to UTC, whatever zone is configured. */
  readonly expiresInUtc: boolean
  /** BINARY columns have NULs after what is shorter than they are. */
  readonly tokenIsPadded: boolean
}

export type DecodeRow = (row: TableRow, joined: JoinedNames) => DecodedRow

/** Reads rows of an adopted table. Whatever is in doubt is decided against the key. */
export function createDecodeRow(table: AdoptedTable, types: ColumnTypes): DecodeRow {
  const { columns, encoding, expires } = table
  const decodeExpiry = createDecodeExpiry(types.expiresInUtc ? { ...expires, timeZone: 'UTC' } : expires)
  const decodePermissions = createDecodePermissions(table)
  return (row, joined) => {
    const names = writtenNames(row, encoding)
    const label = names.id || names.name
    const token = decodeToken(row['token'], encoding, types.tokenIsPadded)
    if ('problem' in token) return { label, record: undefined, problems: [token.problem] }
    const expiresAtMs = columns.expires === undefined ? null : decodeExpiry(row['expires'])
    const services = decodePermissions(row, joined)
    const isActive = columns.active === undefined || isOn(row['active'])
    const record = {
      hash: token.hash,
      ...nameOf(names, token.hash),
      // Long ago.
      expiresAtMs: expiresAtMs === undefined ? 0 : expiresAtMs,
      services: services ?? [],
      isRevoked: !isActive || isRevocation(row['revoked']),
    }
    const isLikeHash = encoding === 'plain' && looksLikeHash(row['token'])
    const isEarly = expires.type === 'unix-ms' && looksLikeSeconds(expiresAtMs)
    const problems = listProblems({ isLikeHash, isEarly, expiresAtMs, services, holdToken: names.holdToken })
    return { label, record, problems }
  }
}

interface Found extends Pick<WrittenNames, 'holdToken'> {
  readonly isLikeHash: boolean
  readonly isEarly: boolean
  /** Undefined where it cannot be read, as the services. */
  readonly expiresAtMs: number | null | undefined
  readonly services: KeyRecord['services'] | undefined
}

function listProblems({ isLikeHash, isEarly, expiresAtMs, services, holdToken }: Found): RowProblem[] {
  const problems: RowProblem[] = []
  if (isLikeHash) problems.push('like-hash')
  if (expiresAtMs === undefined) problems.push('no-expiry')
  if (isEarly) problems.push('early-expiry')
  if (services === undefined) problems.push('no-permissions')
  if (holdToken) problems.push('shown-token')
  return problems
}

/** What is counted in seconds has smaller numbers until the year 5138, and milliseconds have had greater ones since 1973. */
function looksLikeSeconds(expiresAtMs: number | null | undefined): boolean {
  return typeof expiresAtMs === 'number' && expiresAtMs < 100_000_000_000
}

interface WrittenNames {
  /** Empty where there is none that can be shown. */
  readonly id: string
  readonly name: string
  /** One of them is the token itself, and left out. */
  readonly holdToken: boolean
}

function writtenNames({ id, name, token }: TableRow, encoding: TokenEncoding): WrittenNames {
  const idIsToken = encoding === 'plain' && isSame(id, token)
  const nameIsToken = encoding === 'plain' && isSame(name, token)
  return {
    id: idIsToken ? '' : shorten(identify(id)),
    name: nameIsToken ? '' : shorten(identify(name)),
    holdToken: idIsToken || nameIsToken,
  }
}

function isSame(name: unknown, token: unknown): boolean {
  return name !== null && name !== undefined && textOf(name) === textOf(token)
}

/** Without the NULs after what is shorter than its column. */
function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1').replace(/\0+$/, '') : String(value)
}

const nameMax = 100

/** Names that begin alike stay apart. */
function shorten(name: string): string {
  if (name.length <= nameMax) return name
  const end = `~${hashKey(name).slice(0, 12)}`
  return name.slice(0, nameMax - end.length) + end
}

/** What there is of id and name stands for both; without either a piece of a hash of the hash tells keys apart. */
function nameOf({ id, name }: WrittenNames, hash: string): { id: string; name: string } {
  const fingerprint = () => `key-${hashKey(`fingerprint ${hash}`).slice(0, 8)}`
  return { id: id || name || fingerprint(), name: name || id || fingerprint() }
}
