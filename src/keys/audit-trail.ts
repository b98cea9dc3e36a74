import { randomBytes } from 'node:crypto'
import type { AuditRecord } from '../chat/key-shapes.ts'
import { isIdentifier } from '../database/identifier.ts'
import type { Connection } from './key-rows.ts'

export interface AuditEntry {
  readonly atMs: number
  readonly actor: { readonly id: string; readonly name: string }
  readonly action: AuditRecord['action']
  readonly keyId: string
  /** Fields by their names in the admin API, never a secret; null where there was or is nothing. */
  readonly before: object | null
  readonly after: object | null
}

/** To be called in the transaction that makes the change: the one is never kept without the other. */
export async function writeAudit(connection: Connection, entry: AuditEntry): Promise<void> {
  const { atMs, actor, action, keyId, before, after } = entry
  const row = {
    id: createAuditId(atMs),
    at: atMs,
    actor_id: actor.id,
    actor_name: actor.name,
    action,
    key_id: keyId,
    old_values: before === null ? null : JSON.stringify(before),
    new_values: after === null ? null : JSON.stringify(after),
  }
  await connection.insertInto('gateway_audit').values(row).execute()
}

let made = 0

/** Ids are in the order of time, and within a millisecond in that of this process. */
function createAuditId(atMs: number): string {
  made = (made + 1) % 36 ** 4
  const order = atMs.toString(36).padStart(9, '0') + made.toString(36).padStart(4, '0')
  return `aud_${order}${randomBytes(4).toString('hex')}`
}

export interface AuditPage {
  readonly limit: number
  /** The id of the last record of the page before. */
  readonly before?: string | undefined
  readonly keyId?: string | undefined
}

/** The newest first. */
export async function readAudit(connection: Connection, page: AuditPage): Promise<AuditRecord[]> {
  if (page.keyId !== undefined && !isIdentifier(page.keyId)) return []
  let query = connection.selectFrom('gateway_audit').selectAll().orderBy('id', 'desc').limit(page.limit)
  if (page.before !== undefined) query = query.where('id', '<', page.before)
  if (page.keyId !== undefined) query = query.where('key_id', '=', page.keyId)
  const rows = await query.execute()
  return rows.map((row) => ({
    id: row.id,
    at: new Date(row.at).toISOString(),
    actor: { id: row.actor_id, name: row.actor_name },
    // Rows are ours alone; the action is one that `writeAudit` was given.
    action: row.action as AuditRecord['action'],
    key_id: row.key_id,
    before: readValues(row.old_values),
    after: readValues(row.new_values),
  }))
}

function readValues(text: string | null): Record<string, unknown> | null {
  return text === null ? null : JSON.parse(text)
}
