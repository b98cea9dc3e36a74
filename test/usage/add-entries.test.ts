import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { addEntries } from '../../src/usage/add-entries.ts'
import { removeOld } from '../../src/usage/retention.ts'
import { readEntries, summarise } from '../../src/usage/usage-queries.ts'
import { verifyLedger } from '../../src/usage/verify-ledger.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { dayStart, hourMs, usageRowOf } from './usage-rows.ts'

const dayMs = 24 * hourMs
const everything = { keyId: undefined, sinceMs: 0, untilMs: dayStart + 100 * dayMs }

describe.each(databaseKinds)('the ledger in %s', (kind) => {
  let opened: OpenTestDatabase
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
    await opened.database.migrate()
  })
  afterEach(() => opened.remove())

  const readAll = () => readEntries(opened.database, { ...everything, limit: 10_000, before: undefined })
  const verify = () => verifyLedger(opened.database, 0, everything.untilMs)

  test('gives back what was put in, to the letter and beyond 2^31', async () => {
    const row = usageRowOf({
      end_user: `'; DROP TABLE gateway_usage; -- \\' " ünï`,
      key_id: 'Key ',
      charge: 9_000_000_000_000_000,
      prompt_tokens: 1_000_000_000,
      queue_ms: null,
      finish_reason: null,
      status: null,
      audio_ms: 5_000_000_000,
    })
    await addEntries(opened.database, [row])
    expect(await readAll()).toEqual([row])
  })

  test('has each entry once, however often it comes', async () => {
    const rows = Array.from({ length: 30 }, () => usageRowOf())
    expect(await addEntries(opened.database, rows.slice(0, 20))).toBe(20)
    expect(await addEntries(opened.database, rows)).toBe(10)
    expect(await addEntries(opened.database, rows)).toBe(0)
    expect((await readAll()).length).toBe(30)
    expect(await verify()).toEqual({ entries: 30, problems: [] })
  })

  test('has the later of two accounts of one request that come together', async () => {
    const early = usageRowOf({ outcome: 'failed', charge: 0 })
    await addEntries(opened.database, [early, { ...early, outcome: 'completed', charge: 5 }])
    expect(await readAll()).toMatchObject([{ outcome: 'completed', charge: 5 }])
    expect((await verify()).problems).toEqual([])
  })

  test('adds up hours and days by key, service and end user', async () => {
    await addEntries(opened.database, [
      usageRowOf({ charge: 1 }),
      usageRowOf({ charge: 2, started_at: dayStart + hourMs - 1 }),
      usageRowOf({ charge: 4, started_at: dayStart + hourMs }),
    ])
    await addEntries(opened.database, [
      usageRowOf({ charge: 8, started_at: dayStart + dayMs, key_id: 'key_2' }),
      usageRowOf({ charge: 16, service: 'qwen', end_user: 'ann', outcome: 'abandoned', estimated: 1 }),
      usageRowOf({ charge: 0, outcome: 'failed' }),
      usageRowOf({ charge: 0, outcome: 'refused-after-admission' }),
    ])
    const charges = async (by: 'hour' | 'day' | 'key' | 'service' | 'user', rest: object = {}) => {
      const { rows } = await summarise(opened.database, { ...everything, service: undefined, by, limit: 100, ...rest })
      return rows.map(({ group, sums }) => [group, Number(sums.charge), Number(sums.requests)])
    }
    const secondDay = dayStart + dayMs
    expect(await charges('hour')).toEqual([
      [dayStart, 19, 5],
      [dayStart + hourMs, 4, 1],
      [secondDay, 8, 1],
    ])
    expect(await charges('day')).toEqual([
      [dayStart, 23, 6],
      [secondDay, 8, 1],
    ])
    expect(await charges('key')).toEqual([
      ['key_1', 23, 6],
      ['key_2', 8, 1],
    ])
    expect(await charges('service')).toEqual([
      ['gemma4', 15, 6],
      ['qwen', 16, 1],
    ])
    expect(await charges('user', { keyId: 'key_1' })).toEqual([
      ['', 7, 5],
      ['ann', 16, 1],
    ])
    for (const service of ['é', 'qwen ', 'Qwen']) expect(await charges('user', { service })).toEqual([])
    const lastHour = { sinceMs: dayStart + 1, untilMs: dayStart + 2 }
    expect(await charges('key', lastHour)).toEqual([['key_1', 19, 5]])
    expect((await verify()).problems).toEqual([])
  })

  // Two connections of one thread to an SQLite file would wait for each other in vain.
  test.runIf(kind === 'mysql')('is right when several gateways add at once, the same entries among them', async () => {
    const rows = Array.from({ length: 120 }, (_, index) => usageRowOf({ key_id: `key_${index % 7}` }))
    const others = openDatabase(opened.settings)
    const add = async (database: typeof others, batch: typeof rows) => {
      for (let left = 20; ; left--) {
        try {
          return await addEntries(database, batch)
        } catch (thrown) {
          if (left === 0) throw thrown
        }
      }
    }
    const batches = [0, 30, 60, 90].map((start) => rows.slice(start, start + 60))
    const added = await Promise.all([
      ...batches.map((batch) => add(opened.database, batch)),
      ...batches.toReversed().map((batch) => add(others, batch)),
    ])
    await others.close()
    expect(added.reduce((sum, count) => sum + count)).toBe(120)
    expect(await verify()).toEqual({ entries: 120, problems: [] })
  })

  test('adds nothing where it cannot add all', async () => {
    const rows = [usageRowOf(), usageRowOf({ id: 'x'.repeat(300) }), usageRowOf()]
    // SQLite has no lengths: the trigger stands for what it may refuse.
    if (kind === 'sqlite') {
      await sql`create trigger refuse before insert on gateway_usage when length(new.id) > 64
        begin select raise(abort, 'too long'); end`.execute(opened.database.kysely)
    }
    await expect(addEntries(opened.database, rows)).rejects.toThrow()
    expect(await readAll()).toEqual([])
    expect(await opened.database.kysely.selectFrom('gateway_usage_totals').selectAll().execute()).toEqual([])
  })

  test('finds totals that are wrong and entries that make no sense', async () => {
    await addEntries(opened.database, [usageRowOf(), usageRowOf({ cached_tokens: 11 })])
    await sql`update gateway_usage_totals set charge = charge + 1 where span = 'hour'`.execute(opened.database.kysely)
    const { problems } = await verify()
    expect(problems.map(({ check }) => check)).toEqual(['totals', 'entries'])
    expect(problems[0]?.problem).toMatch(
      /^the hour 2026-05-04T00:00:00.000Z of the key key_1 at gemma4 misses 0 requests/,
    )
  })

  test('forgets whole days that are too old, and keeps their totals by the day', async () => {
    const days = [0, 1, 2].map((day) => dayStart + day * dayMs + 5)
    await addEntries(
      opened.database,
      days.flatMap((started_at) => [usageRowOf({ started_at }), usageRowOf({ started_at })]),
    )
    expect(await removeOld(opened.database, dayStart + 2 * dayMs + hourMs)).toBe(false)
    expect((await readAll()).map(({ started_at }) => started_at)).toEqual([days[2], days[2]])
    const totals = await opened.database.kysely
      .selectFrom('gateway_usage_totals')
      .select(['span', 'requests'])
      .execute()
    expect(totals.filter(({ span }) => span === 'hour')).toHaveLength(1)
    expect(totals.filter(({ span }) => span === 'day').map(({ requests }) => requests)).toEqual([2, 2, 2])
    expect((await verifyLedger(opened.database, dayStart + 2 * dayMs, everything.untilMs)).problems).toEqual([])
  })

  test('reads a page along an index', async () => {
    const plan = kind === 'sqlite' ? 'explain query plan' : 'explain'
    const { rows } = await sql<Record<string, unknown>>`${sql.raw(plan)}
      select * from gateway_usage where key_id = 'a' and started_at >= 1 and started_at < 2
      order by started_at desc, id desc limit 5`.execute(opened.database.kysely)
    expect(JSON.stringify(rows)).toContain('gateway_usage_by_key'.slice(0, kind === 'sqlite' ? 0 : 20))
    expect(JSON.stringify(rows)).not.toMatch(/SCAN|filesort|TEMP B-TREE/)
  })
})
