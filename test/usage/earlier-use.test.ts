import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addEntries } from '../../src/usage/add-entries.ts'
import { readEarlierUse } from '../../src/usage/earlier-use.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { dayStart, hourMs, usageRowOf } from './usage-rows.ts'

describe.each(databaseKinds)('what was used before, in %s', (kind) => {
  let opened: OpenTestDatabase
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
    await opened.database.migrate()
  })
  afterEach(() => opened.remove())

  test('is every charge of a key, the tokens of a day by the hour, and each request of the last minute', async () => {
    const now = dayStart + 30 * hourMs
    await addEntries(opened.database, [
      usageRowOf({ started_at: now - 500 * hourMs, charge: 1 }),
      usageRowOf({ started_at: now - 3 * hourMs, charge: 20, prompt_tokens: 100, completion_tokens: 1 }),
      usageRowOf({ started_at: now - 3 * hourMs, charge: 300, prompt_tokens: 200, completion_tokens: 2 }),
      usageRowOf({ started_at: now - 1000, charge: 4000, prompt_tokens: 7, completion_tokens: 8, end_user: 'ada' }),
      usageRowOf({ started_at: now - 1000, charge: 5, key_id: 'key_2', prompt_tokens: 1, completion_tokens: 1 }),
    ])
    const { spent, uses } = await readEarlierUse(opened.database, now)
    expect(new Map(spent)).toEqual(
      new Map([
        ['key_1', 4321],
        ['key_2', 5],
      ]),
    )
    const use = { keyId: 'key_1', endUser: null, service: 'gemma4' }
    expect(uses).toHaveLength(5)
    expect(uses).toEqual(
      expect.arrayContaining([
        { ...use, counts: 'day', tokens: 303, agoMs: 2 * hourMs },
        { ...use, endUser: 'ada', counts: 'day', tokens: 15, agoMs: 0 },
        { ...use, endUser: 'ada', counts: 'minute', tokens: 15, agoMs: 1000 },
        { ...use, keyId: 'key_2', counts: 'day', tokens: 2, agoMs: 0 },
        { ...use, keyId: 'key_2', counts: 'minute', tokens: 2, agoMs: 1000 },
      ]),
    )
  })

  test('is told from the oldest to the newest, because whoever asked last is known longest', async () => {
    const now = dayStart + 30 * hourMs
    const hours = [4, 9, 1, 7, 2, 8, 3]
    await addEntries(
      opened.database,
      hours.map((ago, at) => usageRowOf({ started_at: now - ago * hourMs, end_user: `person ${at % 3}` })),
    )
    const { uses } = await readEarlierUse(opened.database, now)
    const newest = hours.toSorted((one, other) => other - one)
    expect(uses.map(({ agoMs }) => agoMs)).toEqual(newest.map((ago) => (ago - 1) * hourMs))
  })
})
