import type { Database } from '../../database/database.ts'
import { DatabaseError } from '../../database/database-error.ts'
import { sql } from '../../database/sql.ts'
import type { Right, TableUse } from './own-tables.ts'

type Outcome = 'allowed' | 'denied' | 'absent'

/**
 * Which rights MySQL's user lacks, as `INSERT, UPDATE on gateway_usage`. Statements are tried that can change nothing: what
 * a user may do comes from roles, patterns and columns too, so that the grants themselves tell less. Throws DatabaseError.
 */
export async function findMissingRights(
  database: Database,
  tables: Readonly<Record<string, TableUse>>,
  mayCreate: boolean,
): Promise<readonly string[]> {
  const missing: string[] = []
  for (const [table, use] of Object.entries(tables)) {
    const denied = await findDenied(database, table, use, mayCreate)
    if (denied.length > 0) missing.push(`${denied.join(', ')} on ${table}`)
  }
  return missing
}

async function findDenied(
  database: Database,
  table: string,
  { rights, updated = '' }: TableUse,
  mayCreate: boolean,
): Promise<readonly Right[]> {
  const tried: { right: Right; outcome: Outcome }[] = []
  for (const right of rights) tried.push({ right, outcome: await attempt(database, attempts[right](table, updated)) })
  // Without SELECT nobody can say whether it is there.
  const mayBeAbsent = tried.every(({ outcome }) => outcome !== 'allowed')
  if (mayCreate && mayBeAbsent)
    tried.push({ right: 'CREATE', outcome: await attempt(database, attempts.CREATE(table)) })
  return tried.filter(({ outcome }) => outcome === 'denied').map(({ right }) => right)
}

/** Rights are looked at before all else. To make a table with the same column twice fails in the end, wherever it is tried. */
const attempts: Readonly<Record<Right, (table: string, updated?: string) => string>> = {
  SELECT: (table) => `select 1 from ${table} where 1 = 0`,
  INSERT: (table) => `insert into ${table} select * from ${table} where 1 = 0`,
  UPDATE: (table, updated) => `update ${table} set ${updated} = ${updated} where 1 = 0`,
  DELETE: (table) => `delete from ${table} where 1 = 0`,
  CREATE: (table) => `create table ${table} (same int primary key, same int)`,
}

const outcomes: Readonly<Record<string, Outcome>> = {
  ER_TABLEACCESS_DENIED_ERROR: 'denied',
  ER_COLUMNACCESS_DENIED_ERROR: 'denied',
  ER_NO_SUCH_TABLE: 'absent',
  ER_DUP_FIELDNAME: 'absent',
  ER_TABLE_EXISTS_ERROR: 'allowed',
  ER_UPDATE_WITHOUT_KEY_IN_SAFE_MODE: 'allowed',
}

async function attempt({ kysely }: Database, statement: string): Promise<Outcome> {
  try {
    await sql.raw(statement).execute(kysely)
    return 'allowed'
  } catch (thrown) {
    const outcome = thrown instanceof DatabaseError ? outcomes[thrown.code] : undefined
    if (outcome === undefined) throw thrown
    return outcome
  }
}
