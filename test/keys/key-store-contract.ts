import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashKey } from '../../src/keys/key-format.ts'
import type { KeyRecord, KeyStore } from '../../src/keys/key-store.ts'

interface ContractKey {
  readonly name: string
  readonly services: 'all' | readonly string[]
  readonly expiresAtMs: number | null
}

/** A store over an empty table, and the hand of whoever fills that table. */
export interface StoreRig {
  readonly store: KeyStore
  /** Resolves with the key itself. */
  add(wanted: ContractKey): Promise<string>
  revoke(name: string): Promise<void>
  remove(name: string): Promise<void>
  dropTable(): Promise<void>
  tearDown(): Promise<void>
}

/** What holds of every store, whatever it reads from. */
export function describeKeyStore(name: string, setUp: () => Promise<StoreRig>): void {
  describe(`${name}, as a key store`, () => {
    let rig: StoreRig
    beforeEach(async () => {
      rig = await setUp()
    })
    afterEach(() => rig.tearDown())

    async function readOne(): Promise<KeyRecord | undefined> {
      const { records } = await rig.store.readAll()
      expect(records.length).toBeLessThanOrEqual(1)
      return records[0]
    }

    test('tells of no keys when there are none', async () => {
      expect(await rig.store.readAll()).toEqual({ records: [], problems: [] })
    })

    test('tells of a key by its hash, its name, its services and its end', async () => {
      const expiresAtMs = Date.UTC(2031, 4, 6, 7, 8, 9)
      const key = await rig.add({ name: 'Zoë', services: ['gemma4', 'qwen'], expiresAtMs })
      expect(await readOne()).toEqual({
        hash: hashKey(key, rig.store.algorithm),
        id: expect.stringMatching(/./),
        name: 'Zoë',
        services: ['gemma4', 'qwen'],
        expiresAtMs,
        isRevoked: false,
      })
    })

    test('never holds a key itself', async () => {
      const key = await rig.add({ name: 'one', services: ['gemma4'], expiresAtMs: null })
      expect(inspect(await rig.store.readAll(), { depth: 10 })).not.toContain(key)
    })

    test('tells of a key that permits nothing', async () => {
      await rig.add({ name: 'none', services: [], expiresAtMs: null })
      expect((await readOne())?.services).toEqual([])
    })

    test('tells of a key without an end', async () => {
      await rig.add({ name: 'forever', services: ['gemma4'], expiresAtMs: null })
      expect((await readOne())?.expiresAtMs).toBeNull()
    })

    test('tells at the next reading that a key was revoked, and keeps telling of it', async () => {
      await rig.add({ name: 'one', services: ['gemma4'], expiresAtMs: null })
      expect((await readOne())?.isRevoked).toBe(false)
      await rig.revoke('one')
      expect((await readOne())?.isRevoked).toBe(true)
    })

    test('tells at the next reading that a key is gone', async () => {
      await rig.add({ name: 'one', services: ['gemma4'], expiresAtMs: null })
      await readOne()
      await rig.remove('one')
      expect(await readOne()).toBeUndefined()
    })

    test('reads many keys, each one', async () => {
      const keys: string[] = []
      for (let index = 0; index < 1100; index++) {
        keys.push(await rig.add({ name: `key ${index}`, services: ['gemma4'], expiresAtMs: null }))
      }
      const { records } = await rig.store.readAll()
      const hashes = keys.map((key) => hashKey(key, rig.store.algorithm))
      expect(records.map(({ hash }) => hash).toSorted()).toEqual(hashes.toSorted())
    })

    test('fails without a word of statements and values when its table is gone', async () => {
      const key = await rig.add({ name: 'one', services: ['gemma4'], expiresAtMs: null })
      await rig.store.readAll()
      await rig.dropTable()
      const failure: unknown = await rig.store.readAll().catch((thrown: unknown) => thrown)
      expect(failure).toBeInstanceOf(Error)
      expect(inspect(failure, { depth: 10 })).not.toMatch(new RegExp(`${key}|select |from `))
    })

    test('says where it reads from, without a password', () => {
      expect(rig.store.describe()).toMatch(/ in /)
      expect(rig.store.describe()).not.toMatch(/password|mysql:/)
    })
  })
}
