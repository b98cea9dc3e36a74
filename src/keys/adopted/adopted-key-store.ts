import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { visitInTurns } from '../../wire/in-turns.ts'
import type { KeyReading, KeyRecord, KeyStore } from '../key-store.ts'
import type { AdoptedTable } from './adopted-table.ts'
import { checkAdoptedTable } from './check-table.ts'
import { type WantedTable, wantedTables } from './column-roles.ts'
import { identify, type JoinedNames, type TableRow } from './decode-permissions.ts'
import { type ColumnTypes, createDecodeRow, type DecodeRow } from './decode-row.ts'
import { createProblemTally } from './row-problems.ts'
import { splitName } from './table-facts.ts'
import { TableMismatchError } from './table-mismatch.ts'

/** Keys in a table that is not ours: it is read whole, with SELECT alone, and never written. */
export function createAdoptedKeyStore(database: Database, table: AdoptedTable): KeyStore {
  const prepare = createPrepare(database, table)
  return {
    algorithm: table.encoding === 'sha512' ? 'sha512' : 'sha256',
    holdsOurFormatOnly: false,
    identity: `${database.kind}:${database.location}#${JSON.stringify(table)}`,
    describe: () => `${table.name} in ${database.location}`,
    async readAll() {
      const { decodeRow, doubts } = await prepare()
      const { records, problems } = await readTable(database, table, decodeRow)
      return { records, problems: [...doubts, ...problems] }
    },
  }
}

interface Prepared {
  readonly decodeRow: DecodeRow
  readonly doubts: readonly string[]
}

/**
 * Looks at the columns before every reading, for their types say how values are meant, and may change at any time. Throws
 * TableMismatchError when the table is not as it is configured.
 */
function createPrepare(database: Database, table: AdoptedTable): () => Promise<Prepared> {
  let last: { types: ColumnTypes; decodeRow: DecodeRow } | undefined
  return async () => {
    const { mismatches, views, types, doubts } = await checkAdoptedTable(database, table)
    if (mismatches.length > 0) throw new TableMismatchError(mismatches, views)
    // One that is kept remembers the times that it has read.
    if (last === undefined || !isDeepStrictEqual(types, last.types)) {
      last = { types, decodeRow: createDecodeRow(table, types) }
    }
    return { decodeRow: last.decodeRow, doubts }
  }
}

async function readTable(database: Database, table: AdoptedTable, decodeRow: DecodeRow): Promise<KeyReading> {
  const [keys, joinedTable] = wantedTables(table)
  if (keys === undefined) return { records: [], problems: [] }
  const rows = await readRows(database, keys)
  const joined = joinedTable === undefined ? new Map() : await joinNames(await readRows(database, joinedTable))
  const byHash = new Map<string, KeyRecord | undefined>()
  const ids = new Set<string>()
  const problems = createProblemTally()
  await visitInTurns(rows, (row) => {
    const { label, record, problems: found } = decodeRow(row, joined)
    for (const problem of found) problems.note(problem, label)
    if (record === undefined) return
    if (table.columns.id !== undefined && ids.has(record.id)) problems.note('duplicate-id', label)
    ids.add(record.id)
    if (byHash.has(record.hash)) problems.note('duplicate-token', labelBoth(byHash.get(record.hash), label))
    // Nobody can say which of two rows a key is; undefined stands for both.
    byHash.set(record.hash, byHash.has(record.hash) ? undefined : record)
  })
  const records = [...byHash.values()].filter((record) => record !== undefined)
  return { records, problems: problems.describe(table.name, rows.length) }
}

/** The earlier row is known by what it would have been called. */
function labelBoth(earlier: KeyRecord | undefined, label: string): string {
  return label === '' || earlier === undefined ? label : `${earlier.id} and ${label}`
}

async function readRows({ kysely }: Database, { name, columns }: WantedTable): Promise<readonly TableRow[]> {
  const { schema, table } = splitName(name)
  const source = schema === undefined ? sql.id(table) : sql.id(schema, table)
  const list = columns.map(({ column, alias }) => sql`${sql.id(column)} as ${sql.id(alias)}`)
  const { rows } = await sql<TableRow>`select ${sql.join(list)} from ${source}`.execute(kysely)
  return rows
}

async function joinNames(rows: readonly TableRow[]): Promise<JoinedNames> {
  const joined = new Map<string, string[]>()
  await visitInTurns(rows, ({ id, permission }) => {
    const key = identify(id)
    const names = joined.get(key) ?? []
    if (typeof permission === 'string') names.push(permission)
    if (key !== '') joined.set(key, names)
  })
  return joined
}
