import { describeMismatch } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { KeyAdmin } from '../chat/key-admin.ts'
import { type AuditQuery, type KeyQuery, keyChangeSchema, keyDraftSchema } from '../chat/key-shapes.ts'
import type { Database } from '../database/database.ts'
import { DatabaseError } from '../database/database-error.ts'
import { SchemaVersionError } from '../database/migrate.ts'
import { readAsItIs } from '../database/read-as-it-is.ts'
import { TableMismatchError } from './adopted/table-mismatch.ts'
import { readAudit } from './audit-trail.ts'
import { createKeyChanges, type NewlyMade } from './change-keys.ts'
import { applyChange, inheritFields } from './key-fields.ts'
import { KeyRequestError } from './key-request-error.ts'
import { readById, readPage } from './key-rows.ts'
import { showKey } from './key-view.ts'
import type { StoredKey } from './stored-key.ts'

/** Managing the keys of this gateway's own table. */
export function createKeyAdmin(database: Database, now: () => number = Date.now): KeyAdmin {
  const changes = createKeyChanges(database, now)
  const { kysely } = database
  const show = (key: StoredKey | undefined) => (key === undefined ? undefined : showKey(key, now()))
  const showMade = (made: NewlyMade) => ({ ...showKey(made, now()), key: made.key })
  return tellFailures({
    async create(draft, actor) {
      const checked = parse(keyDraftSchema, draft)
      return showMade(await changes.create(actor, (maker) => applyChange(inheritFields(maker), checked, now())))
    },
    async update(id, change, actor) {
      const checked = parse(keyChangeSchema, change)
      return show(await changes.update(id, actor, (key) => applyChange(key, checked, now())))
    },
    async rotate(id, { overlap_seconds: overlap }, actor) {
      const made = await changes.rotate(id, actor, overlap * 1000)
      return made === undefined ? undefined : showMade(made)
    },
    revoke: async (id, actor) => show(await changes.revoke(id, actor)),
    show: async (id) => show(await readAsItIs(database, () => readById(kysely, id))),
    async list(query) {
      const page = { ...query, after: readCursor(query) }
      const keys = await readAsItIs(database, () => readPage(kysely, page, now()))
      const last = keys.length < query.limit ? undefined : keys.at(-1)
      const next = last === undefined ? null : `${last.createdAtMs}-${last.id}`
      return { data: keys.map((key) => showKey(key, now())), next_cursor: next }
    },
    async audit(query) {
      const page = auditPage(query)
      const data = await readAsItIs(database, () => readAudit(kysely, page))
      return { data, next_cursor: data.length < query.limit ? null : (data.at(-1)?.id ?? null) }
    },
  })
}

function readCursor({ cursor }: KeyQuery): { createdAtMs: number; id: string } | undefined {
  if (cursor === undefined) return undefined
  const [, createdAtMs, id] = /^(\d{1,15})-(\w{1,64})$/.exec(cursor) ?? []
  if (createdAtMs === undefined || id === undefined) throw strangeCursor()
  return { createdAtMs: Number(createdAtMs), id }
}

function auditPage({ limit, cursor, key }: AuditQuery) {
  if (cursor !== undefined && !/^\w{1,64}$/.test(cursor)) throw strangeCursor()
  return { limit, before: cursor, keyId: key }
}

function strangeCursor(): KeyRequestError {
  return new KeyRequestError('`cursor`: found another text than a `next_cursor`.', 'cursor')
}

/** What this room asks of a schema. */
interface Schema<Output> {
  safeParse(
    value: unknown,
  ): { success: true; data: Output } | { success: false; error: Parameters<typeof describeMismatch>[0] }
}

function parse<Output>(schema: Schema<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw describeMismatch(parsed.error, value)
}

/** The keys of somebody else's table: to be seen, and changed only there. */
export function createReadOnlyKeyAdmin(source: string, keys: Pick<KeyAdmin, 'list' | 'show'>): KeyAdmin {
  const refuse = async () => {
    throw new GatewayError(
      'forbidden-service',
      `The keys are those of ${source}, which is only read: change them there.`,
    )
  }
  return tellFailures({
    ...keys,
    create: refuse,
    update: refuse,
    rotate: refuse,
    revoke: refuse,
    audit: async () => ({ data: [], next_cursor: null }),
  })
}

/** What cannot be done just now: keys that cannot be changed may well be read, and work. */
type Lacking = 'reached' | 'changed'

/** Every failure in the words of the house. */
function tellFailures(admin: KeyAdmin): KeyAdmin {
  const telling =
    (lacking: Lacking) =>
    <Arguments extends readonly unknown[], Result>(act: (...given: Arguments) => Promise<Result>) =>
    (...given: Arguments): Promise<Result> =>
      act(...given).catch((thrown: unknown) => {
        throw failureOf(thrown, lacking)
      })
  const reading = telling('reached')
  const changing = telling('changed')
  return {
    create: changing(admin.create),
    list: reading(admin.list),
    show: reading(admin.show),
    update: changing(admin.update),
    rotate: changing(admin.rotate),
    revoke: changing(admin.revoke),
    audit: reading(admin.audit),
  }
}

function failureOf(thrown: unknown, lacking: Lacking): unknown {
  if (thrown instanceof KeyRequestError) {
    const { message, field } = thrown
    return new GatewayError('invalid-request', message, field === undefined ? {} : { field })
  }
  const isAway = [DatabaseError, SchemaVersionError, TableMismatchError].some((kind) => thrown instanceof kind)
  if (!isAway) return thrown
  const message = `The keys cannot be ${lacking} right now. Please try again shortly.`
  return new GatewayError('keys-unavailable', message, { cause: thrown, retryAfterSeconds: 5 })
}
