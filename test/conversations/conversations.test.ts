import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { until } from '../gateway/until.ts'
import { hourMs, openConversations, type Rig, textOf } from './open-conversations.ts'

describe.each(databaseKinds)('conversations in %s', (kind) => {
  let opened: OpenTestDatabase
  let rig: Rig
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
    rig = openConversations(opened.database)
  })
  afterEach(async () => {
    await rig.conversations.stop()
    await opened.remove()
  })

  /** Another gateway on the same database, or this one after a restart: it has nothing in memory. */
  const reopened = () => openConversations(opened.database).conversations
  const count = async () => (await opened.database.kysely.selectFrom('gateway_responses').select('id').execute()).length

  test('are given back to the letter, also after a restart', async () => {
    const kept = { id: 'resp_1', text: '{"text":"Zoë 🦊\\u0000 \' \\" \\\\"}' }
    await rig.conversations.put('key_1', kept)
    expect(await rig.conversations.get('key_1', 'resp_1')).toEqual(kept)
    expect(await reopened().get('key_1', 'resp_1')).toEqual(kept)
  })

  test('are given to no other key, nor removed by one', async () => {
    await rig.conversations.put('key_1', { id: 'resp_1', text: 'mine' })
    for (const conversations of [rig.conversations, reopened()]) {
      for (const other of ['key_2', 'KEY_1', 'key_1 ', '']) {
        expect(await conversations.get(other, 'resp_1')).toBeUndefined()
        expect(await conversations.remove(other, 'resp_1')).toBe(false)
      }
    }
    expect(await rig.conversations.get('key_1', 'resp_1')).toMatchObject({ text: 'mine' })
  })

  test('do not name the key in the database', async () => {
    await rig.conversations.put('key_1', { id: 'resp_1', text: 'mine' })
    const [row] = await opened.database.kysely.selectFrom('gateway_responses').selectAll().execute()
    expect(row).toMatchObject({ id: 'resp_1', bytes: 4, owner: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  test('are gone once they are removed, also for a gateway that has them in memory', async () => {
    const other = openConversations(opened.database).conversations
    await other.put('key_1', { id: 'resp_1', text: 'mine' })
    expect(await rig.conversations.remove('key_1', 'resp_1')).toBe(true)
    expect(await rig.conversations.remove('key_1', 'resp_1')).toBe(false)
    expect(await rig.conversations.get('key_1', 'resp_1')).toBeUndefined()
    expect(await other.get('key_1', 'resp_1')).toBeUndefined()
  })

  test('are gone when their time is over', async () => {
    await rig.conversations.put('key_1', { id: 'resp_1', text: 'mine' })
    rig.pass(hourMs - 1)
    expect(await rig.conversations.get('key_1', 'resp_1')).toMatchObject({ text: 'mine' })
    rig.pass(1)
    expect(await rig.conversations.get('key_1', 'resp_1')).toBeUndefined()
  })

  test('are removed from the database when their time is over', async () => {
    const cleaning = openConversations(opened.database, {}, { cleanEveryMs: 5 })
    await cleaning.conversations.put('key_1', { id: 'resp_1', text: 'mine' })
    expect(await count()).toBe(1)
    cleaning.pass(hourMs)
    await until(async () => (await count()) === 0)
    await cleaning.conversations.stop()
  })

  test('that are too large are not kept', async () => {
    await rig.conversations.put('key_1', { id: 'large', text: `${textOf(999)}ë` })
    await rig.conversations.put('key_1', { id: 'small', text: textOf(1000) })
    expect(await rig.conversations.get('key_1', 'large')).toBeUndefined()
    expect(await rig.conversations.get('key_1', 'small')).toBeDefined()
  })

  test('give way, the oldest first, when a key has too many, and other keys keep theirs', async () => {
    await rig.conversations.put('key_2', { id: 'resp_0', text: textOf(1000) })
    for (const id of ['resp_1', 'resp_2', 'resp_3', 'resp_4']) {
      rig.pass(1)
      await rig.conversations.put('key_1', { id, text: textOf(900) })
    }
    for (const conversations of [rig.conversations, reopened()]) {
      expect(await conversations.get('key_1', 'resp_1')).toBeUndefined()
      for (const id of ['resp_2', 'resp_3', 'resp_4']) expect(await conversations.get('key_1', id)).toBeDefined()
      expect(await conversations.get('key_2', 'resp_0')).toBeDefined()
    }
  })

  test('make room for one that is as large as hundreds', async () => {
    const many = Array.from({ length: 250 }, (_, index) => `resp_${index}`)
    for (const id of many) await rig.conversations.put('key_1', { id, text: textOf(9) })
    rig.pass(1)
    const tight = openConversations(opened.database, { maxBytesPerKey: 1000 })
    tight.pass(2)
    await tight.conversations.put('key_1', { id: 'large', text: textOf(1000) })
    expect(await tight.conversations.get('key_1', 'large')).toBeDefined()
    expect(await count()).toBe(1)
  }, 60_000)

  test('are all kept when they come at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `resp_${index}`)
    await Promise.all(ids.map((id) => rig.conversations.put('key_1', { id, text: 'x' })))
    expect(await count()).toBe(20)
  })

  test('are not looked up where the database cannot tell, and the log says so once', async () => {
    await opened.database.migrate()
    await opened.database.kysely.schema.dropTable('gateway_responses').execute()
    await expect(rig.conversations.get('key_1', 'resp_1')).rejects.toMatchObject({ kind: 'overloaded' })
    await expect(rig.conversations.remove('key_1', 'resp_1')).rejects.toMatchObject({ kind: 'overloaded' })
    expect(rig.lines.map(({ level }) => level)).toEqual(['warn'])
  })
})
