import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { createGatewayKeyStore, type GatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import { hashKey, looksLikeKey } from '../../src/keys/key-format.ts'
import { KeyRequestError } from '../../src/keys/key-request-error.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { describeKeyStore } from './key-store-contract.ts'

describe.each(databaseKinds)('%s', (kind) => {
  describeKeyStore('gateway_keys', async () => {
    const { database, remove } = await openTestDatabase(kind)
    const store = createGatewayKeyStore(database)
    return {
      store,
      add: async (wanted) => (await store.create(wanted)).key,
      revoke: async (name) => void (await store.revoke(name)),
      remove: async (name) => {
        await database.kysely.deleteFrom('gateway_keys').where('name', '=', name).execute()
      },
      dropTable: async () => void (await sql`drop table gateway_keys`.execute(database.kysely)),
      tearDown: remove,
    }
  })

  describe('the keys of the gateway', () => {
    let opened: OpenTestDatabase
    let store: GatewayKeyStore
    let nowMs: number
    beforeEach(async () => {
      opened = await openTestDatabase(kind)
      nowMs = Date.UTC(2026, 0, 1)
      store = createGatewayKeyStore(opened.database, () => nowMs++)
    })
    afterEach(() => opened.remove())

    const plain = { services: 'all', expiresAtMs: null } as const

    test('are told once, and kept as a hash and a hint', async () => {
      const { key, ...made } = await store.create({ name: 'Ada', ...plain })
      expect(looksLikeKey(key)).toBe(true)
      expect(made).toMatchObject({ name: 'Ada', services: 'all', hint: key.slice(-4), revokedAtMs: null })
      const { rows } = await sql<{ key_hash: string }>`select * from gateway_keys`.execute(opened.database.kysely)
      expect(rows).toMatchObject([{ key_hash: hashKey(key) }])
      expect(JSON.stringify(rows)).not.toContain(key.slice(4, 20))
    })

    test('are listed with the oldest first', async () => {
      for (const name of ['b', 'a', 'c']) await store.create({ name, ...plain })
      expect((await store.list()).map(({ name }) => name)).toEqual(['b', 'a', 'c'])
    })

    test('are found by id, and by a name that one key has', async () => {
      const { id } = await store.create({ name: 'Ada', ...plain })
      expect((await store.show(id))?.name).toBe('Ada')
      expect((await store.show('Ada'))?.id).toBe(id)
      expect(await store.show('ada')).toBeUndefined()
      expect(await store.show('Ada ')).toBeUndefined()
    })

    test('are asked for by id when several have the name', async () => {
      const one = await store.create({ name: 'Ada', ...plain })
      const two = await store.create({ name: 'Ada', ...plain })
      await expect(store.revoke('Ada')).rejects.toThrow(KeyRequestError)
      await expect(store.revoke('Ada')).rejects.toThrow(new RegExp(`${one.id}, ${two.id}`))
      expect((await store.revoke(two.id))?.revokedAtMs).not.toBeNull()
      expect((await store.show(one.id))?.revokedAtMs).toBeNull()
    })

    test('cannot be hidden behind a key that is named like their id', async () => {
      const { id } = await store.create({ name: 'Ada', ...plain })
      await store.create({ name: id, ...plain })
      expect((await store.show(id))?.name).toBe('Ada')
    })

    test('stay revoked at the time when they were', async () => {
      await store.create({ name: 'Ada', ...plain })
      const first = await store.revoke('Ada')
      expect(await store.revoke('Ada')).toEqual(first)
      expect(await store.revoke('nobody')).toBeUndefined()
    })

    test.each(['', '   ', 'a\nb', 'x'.repeat(101)])('are not made under the name %j', async (name) => {
      await expect(store.create({ name, ...plain })).rejects.toThrow(KeyRequestError)
      expect(await store.list()).toEqual([])
    })

    test('have names of 100 characters, whatever the characters', async () => {
      const name = '🦊'.repeat(100)
      await store.create({ name, ...plain })
      expect((await store.list()).map((key) => key.name)).toEqual([name])
    })

    test.each(['{"gemma4":true}', '["gemma4"', '7', 'null'])(
      'permit nothing when their services read %s',
      async (text) => {
        await store.create({ name: 'Ada', ...plain })
        await sql`update gateway_keys set services = ${text}`.execute(opened.database.kysely)
        expect((await store.readAll()).records[0]?.services).toEqual([])
        expect((await store.show('Ada'))?.services).toEqual([])
      },
    )
  })
})
