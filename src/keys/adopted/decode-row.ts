import { hashKey } from '../key-format.ts'
import type { KeyRecord } from '../key-store.ts'
import type { AdoptedTable } from './adopted-table.ts'
import { createDecodeExpiry } from './decode-expiry.ts'
import { isOn, isRevocation } from './decode-flag.ts'
import { createDecodePermissions, identify, type JoinedNames, type TableRow } from './decode-permissions.ts'
import { decodeToken } from './decode-token.ts'
import { looksLikeHash } from './like-hash.ts'
import type { RowProblem } from './row-problems.ts'

interface DecodedRow {
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
    const token = decodeToken(row['token'], encoding)
    if ('problem' in token) return { record: undefined, problems: [token.problem] }
    const expiresAtMs = columns.expires === undefined ? null : decodeExpiry(row['expires'])
    const services = decodePermissions(row, joined)
    const isActive = columns.active === undefined || isOn(row['active'])
    const record = {
      hash: token.hash,
      ...nameOf(row, token.hash),
      // Long ago.
      expiresAtMs: expiresAtMs === undefined ? 0 : expiresAtMs,
      services: services ?? [],
      isRevoked: !isActive || isRevocation(row['revoked']),
    }
    const isLikeHash = encoding === 'plain' && looksLikeHash(row['token'])
    return { record, problems: listProblems({ isLikeHash, expiresAtMs, services }) }
  }
}

interface Found {
  readonly isLikeHash: boolean
  /** Undefined where it cannot be read, as the services. */
  readonly expiresAtMs: number | null | undefined
  readonly services: KeyRecord['services'] | undefined
}

function listProblems({ isLikeHash, expiresAtMs, services }: Found): RowProblem[] {
  return [
    ...(isLikeHash ? (['like-hash'] as const) : []),
    ...(expiresAtMs === undefined ? (['no-expiry'] as const) : []),
    ...(services === undefined ? (['no-permissions'] as const) : []),
  ]
}

const nameMax = 100

function writtenNames(row: TableRow): { id: string; name: string } {
  return { id: identify(row['id']).slice(0, nameMax), name: identify(row['name']).slice(0, nameMax) }
}

/** How people find a row; empty where its table says nothing of that. */
export function labelOf(row: TableRow): string {
  const { id, name } = writtenNames(row)
  return id || name
}

/** What there is of id and name stands for both; without either a piece of a hash of the hash tells keys apart. */
function nameOf(row: TableRow, hash: string): { id: string; name: string } {
  const { id, name } = writtenNames(row)
  const fingerprint = () => `key-${hashKey(`fingerprint ${hash}`).slice(0, 8)}`
  return { id: id || name || fingerprint(), name: name || id || fingerprint() }
}
