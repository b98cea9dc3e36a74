import type { AdoptedTable } from './adopted-table.ts'
import type { ColumnKind } from './column-kind.ts'
import type { ColumnRole, WantedColumn } from './column-roles.ts'
import type { ColumnFacts } from './table-facts.ts'

/** Kinds of columns in which each role's values can lie. */
const kindsByRole = {
  token: ['text', 'binary', 'any'],
  id: 'all',
  name: 'all',
  active: ['number', 'bit', 'text', 'any'],
  revoked: 'all',
  expires: 'all',
  'permission-flag': ['number', 'bit', 'text', 'any'],
  'permission-json': ['json', 'text', 'any'],
  'permission-csv': ['text', 'any'],
  'permission-key': 'all',
  'permission-name': ['text', 'any'],
} as const satisfies Record<ColumnRole, readonly ColumnKind[] | 'all'>

const kindsByExpiry = {
  datetime: ['datetime', 'text', 'any'],
  date: ['date', 'text', 'any'],
  unix: ['number', 'any'],
  'unix-ms': ['number', 'any'],
} as const satisfies Record<AdoptedTable['expires']['type'], readonly ColumnKind[]>

/** Characters of the shortest spelling, and bytes of the bare hash. */
const hashLengths = {
  sha256: { text: 64, binary: 32 },
  'sha256-base64': { text: 43, binary: 32 },
  sha512: { text: 128, binary: 64 },
} as const

const wantedWords = {
  token: 'a text or binary column',
  id: 'any column',
  name: 'any column',
  active: 'a number, BIT or text column',
  revoked: 'any column',
  expires: 'another column',
  'permission-flag': 'a number, BIT or text column',
  'permission-json': 'a JSON or text column',
  'permission-csv': 'a text column',
  'permission-key': 'any column',
  'permission-name': 'a text column',
} as const satisfies Record<ColumnRole, string>

/** Whether values of this kind can be what the role asks for. */
export function kindFits(kind: ColumnKind, role: ColumnRole, table: AdoptedTable): boolean {
  if (role === 'token' && kind === 'uuid') return table.encoding === 'plain'
  const kinds: readonly ColumnKind[] | 'all' =
    role === 'expires' ? kindsByExpiry[table.expires.type] : kindsByRole[role]
  return kinds === 'all' || kinds.includes(kind)
}

/** Why a column that is there cannot serve, as the end of a sentence; undefined when it can. */
export function findMisfit(column: ColumnFacts, { role }: WantedColumn, table: AdoptedTable): string | undefined {
  if (!kindFits(column.kind, role, table)) return describeKind(column, role, table)
  if (role === 'token') return describeLength(column, table)
  const { columns, encoding } = table
  const isPlainToken = encoding === 'plain' && column.name.toLowerCase() === columns.token.toLowerCase()
  if (isPlainToken && (role === 'id' || role === 'name')) return 'is the token itself, which would be shown in logs'
  return undefined
}

function describeKind({ kind, type }: ColumnFacts, role: ColumnRole, table: AdoptedTable): string {
  if (role === 'expires')
    return `is of the type ${type}, but expires.type is ${table.expires.type}${expiryAdvice[kind] ?? ''}`
  const reason = role === 'token' && kind === 'number' ? ', because numbers equal many texts' : ''
  return `is of the type ${type}, and has to be ${wantedWords[role]}${reason}`
}

/** What to set where the column is right and the setting is not; which of several it is, only its owner knows. */
const expiryAdvice: Readonly<Partial<Record<ColumnKind, string>>> = {
  number: ': set unix or unix-ms, whichever of seconds and milliseconds it counts',
  datetime: ': set datetime, and expires.timeZone to the zone of its times',
  date: ': set date, and a key works until the end of its day',
  text: ': set datetime or date if it holds such texts as 2030-12-31 23:59:59; the digits of numbers need a view that makes numbers of them, CAST(… AS UNSIGNED)',
}

function describeLength({ kind, lengthMax }: ColumnFacts, { encoding }: AdoptedTable): string | undefined {
  if (encoding === 'plain' || lengthMax === null) return undefined
  const { text, binary } = hashLengths[encoding]
  const lengthMin = kind === 'binary' ? binary : text
  if (lengthMax >= lengthMin) return undefined
  return `holds ${lengthMax} characters, too few for ${encoding}, which takes ${lengthMin}`
}
