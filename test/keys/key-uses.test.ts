import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createKeyUses } from '../../src/keys/key-uses.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'

describe.each(databaseKinds)('when keys were used, in %s', (kind) => {
  let opened: OpenTestDatabase
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
  })
  afterEach(() => opened.remove())

  async function read(): Promise<Record<string, number>> {
    await opened.database.migrate()
    const rows = await opened.database.kysely.selectFrom('gateway_key_uses').selectAll().execute()
    return Object.fromEntries(rows.map(({ key_id: id, last_used_at: at }) => [id, at]))
  }

  test('is written in the background, the last use of many', async () => {
    let nowMs = 1000
    const uses = createKeyUses({ database: opened.database, now: () => nowMs, everyMs: 20 })
    uses.start()
    for (; nowMs < 1500; nowMs++) uses.note(`key_${nowMs % 300}`)
    await vi.waitFor(async () => expect(Object.keys(await read())).toHaveLength(300))
    expect((await read())['key_299']).toBe(1499)
    await uses.stop()
  })

  test('is written at the end, and never put back by a gateway that is behind', async () => {
    const ahead = createKeyUses({ database: opened.database, now: () => 2000 })
    const behind = createKeyUses({ database: opened.database, now: () => 1000 })
    for (const uses of [ahead, behind]) {
      uses.start()
      uses.note('key_1')
      await uses.stop()
    }
    expect(await read()).toEqual({ key_1: 2000 })
  })

  test('is kept for the next time where it cannot be written', async () => {
    await opened.database.migrate()
    let attempts = 0
    const migrate = () => {
      attempts++
      return opened.database.migrate()
    }
    const uses = createKeyUses({ database: { ...opened.database, migrate }, now: () => 3000, everyMs: 20 })
    await opened.database.kysely.schema.alterTable('gateway_key_uses').renameTo('elsewhere').execute()
    uses.note('key_1')
    uses.start()
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(1))
    await opened.database.kysely.schema.alterTable('elsewhere').renameTo('gateway_key_uses').execute()
    await vi.waitFor(async () => expect(await read()).toEqual({ key_1: 3000 }))
    await uses.stop()
  })
})
