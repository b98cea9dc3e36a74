import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Finding } from './finding.ts'

interface Status {
  readonly Variable_name: string
  readonly Value: string
}

/** Whether what goes to MySQL and comes from it is encrypted, as the server itself says. */
export async function examineEncryption(
  { kysely }: Database,
  database: Settings['database'],
): Promise<readonly Finding[]> {
  if (database.kind === 'sqlite') return []
  const { rows } = await sql<Status>`show session status like 'Ssl%'`.execute(kysely)
  const status = new Map(rows.map(({ Variable_name, Value }) => [Variable_name, Value]))
  const protocol = status.get('Ssl_version')
  const how = protocol ? `encrypted with ${protocol} (${status.get('Ssl_cipher')})` : 'not encrypted'
  const found = `${how}, ssl-mode=${database.encryption?.mode ?? 'DISABLED'}`
  return [{ about: 'connection to the database', state: 'good', found }]
}
