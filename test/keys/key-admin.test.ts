import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor, KeyAdmin } from '../../src/chat/key-admin.ts'
import { sql } from '../../src/database/sql.ts'
import { createGatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import { createKeyAdmin } from '../../src/keys/key-admin.ts'
import { hashKey } from '../../src/keys/key-format.ts'
import { databaseKinds, type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { failAuditWrites, tableTexts } from './audit-faults.ts'
import { hostileTexts } from './hostile-texts.ts'

const owner: Actor = { is: 'owner', id: 'admin', name: 'admin' }

describe.each(databaseKinds)('keys in %s', (kind) => {
  let opened: OpenTestDatabase
  let admin: KeyAdmin
  let nowMs: number
  beforeEach(async () => {
    opened = await openTestDatabase(kind)
    nowMs = Date.UTC(2026, 0, 1)
    admin = createKeyAdmin(opened.database, () => nowMs++)
  })
  afterEach(() => opened.remove())

  const records = async () => (await createGatewayKeyStore(opened.database, () => nowMs).readAll()).records
  const recordOf = async (key: string) => (await records()).find(({ hash }) => hash === hashKey(key))
  const all = { limit: 1000 }

  describe('terms', () => {
    test('reach the ring as they were agreed', async () => {
      const { key } = await admin.create(
        {
          name: 'Ada',
          role: 'operator',
          models: ['gemma'],
          dialects: ['gemini'],
          credits: '1.000001',
          limits: { requests_per_minute: 1, tokens_per_minute: 2, tokens_per_day: 1_000_000_000_000, concurrent: 4 },
          trust_end_user: 'headers',
          defaults: { enable_thinking: false, max_tokens: 5, reasoning_fields: 'reasoning' },
        },
        owner,
      )
      expect(await recordOf(key)).toMatchObject({
        role: 'operator',
        models: ['gemma'],
        dialects: ['gemini'],
        creditsMicro: 1_000_001,
        limits: { requestsPerMinute: 1, tokensPerMinute: 2, tokensPerDay: 1_000_000_000_000, concurrent: 4 },
        trustEndUser: 'headers',
        defaults: { enableThinking: false, maxTokens: 5, reasoningFields: 'reasoning' },
      })
    })

    test('that say nothing are not written, and nothing is bounded', async () => {
      const { id, key } = await admin.create({ name: 'Ada' }, owner)
      expect(await opened.database.kysely.selectFrom('gateway_key_terms').selectAll().execute()).toEqual([])
      expect(await recordOf(key)).toEqual({
        hash: hashKey(key),
        id,
        name: 'Ada',
        services: 'all',
        expiresAtMs: null,
        isRevoked: false,
      })
    })

    test('of reasoning fields alone are kept, and taken away again', async () => {
      const { id, key } = await admin.create({ name: 'Ada', defaults: { reasoning_fields: 'none' } }, owner)
      expect((await recordOf(key))?.defaults?.reasoningFields).toBe('none')
      const changed = await admin.update(id, { defaults: { reasoning_fields: null } }, owner)
      expect(changed?.defaults).toEqual({ enable_thinking: null, max_tokens: null, reasoning_fields: null })
      expect((await recordOf(key))?.defaults).toBeUndefined()
    })

    test('that cannot be read are decided against the key', async () => {
      const { key } = await admin.create({ name: 'Ada', models: ['gemma'], role: 'operator' }, owner)
      await sql`update gateway_key_terms set models = '{', role = 'king', trust_end_user = 'all'`.execute(
        opened.database.kysely,
      )
      expect(await recordOf(key)).toMatchObject({ models: [], role: 'user', trustEndUser: undefined })
    })
  })

  describe('a rotation', () => {
    test('lets the old secret work until the overlap is over, and never past the end of the key', async () => {
      const expiresAt = new Date(nowMs + 60_000).toISOString()
      const first = await admin.create({ name: 'Ada', expires_at: expiresAt, models: ['gemma'] }, owner)
      const second = await admin.rotate(first.id, { overlap_seconds: 3600 }, owner)
      expect(await recordOf(first.key)).toMatchObject({
        id: first.id,
        expiresAtMs: Date.parse(expiresAt),
        models: ['gemma'],
      })
      expect(await recordOf(second?.key ?? '')).toMatchObject({ id: first.id })
      await admin.update(first.id, { expires_at: null }, owner)
      expect((await recordOf(first.key))?.expiresAtMs).toBeLessThanOrEqual(nowMs + 3_600_000)
      nowMs += 3_600_000
      expect(await recordOf(first.key)).toBeUndefined()
      expect(await recordOf(second?.key ?? '')).toMatchObject({ expiresAtMs: null })
    })

    test('ends every older secret that would outlive the one it replaces', async () => {
      const first = await admin.create({ name: 'Ada' }, owner)
      const second = await admin.rotate(first.id, { overlap_seconds: 86_400 }, owner)
      const third = await admin.rotate(first.id, { overlap_seconds: 0 }, owner)
      expect((await records()).map(({ hash }) => hash)).toEqual([hashKey(third?.key ?? '')])
      expect(second?.key).not.toBe(first.key)
    })

    test('does not save an old secret from a revocation', async () => {
      const first = await admin.create({ name: 'Ada' }, owner)
      await admin.rotate(first.id, { overlap_seconds: 60 }, owner)
      await admin.revoke(first.id, owner)
      expect((await records()).map(({ isRevoked }) => isRevoked)).toEqual([true, true])
      await expect(admin.rotate(first.id, { overlap_seconds: 60 }, owner)).rejects.toMatchObject({
        kind: 'invalid-request',
      })
    })

    test('happens one after the other when several are asked for at once', async () => {
      const { id } = await admin.create({ name: 'Ada' }, owner)
      const operator = await admin.create({ name: 'operator', role: 'operator' }, owner)
      const actor = { is: 'key', id: operator.id } as const
      const made = await Promise.all(Array.from({ length: 5 }, () => admin.rotate(id, { overlap_seconds: 60 }, actor)))
      const hashes = (await records()).map(({ hash }) => hash)
      for (const one of made) expect(hashes).toContain(hashKey(one?.key ?? ''))
      expect(hashes).toHaveLength(7)
    })

    test('is refused when the key got more than its maker has while it waited for its turn', async () => {
      const { id } = await admin.create({ name: 'Ada', services: ['a'] }, owner)
      const operator = await admin.create({ name: 'operator', role: 'operator', services: ['a'] }, owner)
      const actor = { is: 'key', id: operator.id } as const
      for (let round = 0; round < 10; round++) {
        await admin.update(id, { services: ['a'] }, owner)
        const [, rotated] = await Promise.allSettled([
          admin.update(id, { services: 'all' }, owner),
          admin.rotate(id, { overlap_seconds: 60 }, actor),
        ])
        const { data } = await admin.audit({ limit: 2, key: id })
        // Where the rotation was granted, it came before the key got more.
        if (rotated.status === 'fulfilled')
          expect(data.map(({ action }) => action)).toEqual(['key.update', 'key.rotate'])
        else expect(rotated.reason).toMatchObject({ kind: 'forbidden-service' })
      }
    })
  })

  describe('a change and its line in the trail', () => {
    test('are made together or not at all', async () => {
      const { id } = await admin.create({ name: 'Ada', owner: 'before' }, owner)
      const before = await tableTexts(opened.database)
      const heal = await failAuditWrites(opened.database)
      const attempts = [
        () => admin.create({ name: 'Bob' }, owner),
        () => admin.update(id, { owner: 'after', name: 'Eve' }, owner),
        () => admin.rotate(id, { overlap_seconds: 60 }, owner),
        () => admin.revoke(id, owner),
      ]
      const told = {
        kind: 'keys-unavailable',
        message: expect.stringMatching(/^The keys cannot be changed right now\./),
      }
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(told)
      expect(await tableTexts(opened.database)).toEqual(before)
      await heal()
      expect(await admin.update(id, { owner: 'after' }, owner)).toMatchObject({ owner: 'after' })
    })

    test('say nothing where nothing changed', async () => {
      const { id } = await admin.create({ name: 'Ada' }, owner)
      await admin.update(id, { name: 'Ada', services: 'all' }, owner)
      await admin.revoke(id, owner)
      await admin.revoke(id, owner)
      const { data } = await admin.audit(all)
      expect(data.map(({ action }) => action)).toEqual(['key.revoke', 'key.create'])
    })

    test('come in pages, the newest first, also when all happened in one millisecond', async () => {
      const still = createKeyAdmin(opened.database, () => nowMs)
      for (let made = 0; made < 5; made++) await still.create({ name: `n${made}` }, owner)
      const names: unknown[] = []
      let cursor: string | null = null
      do {
        const page = await still.audit({ limit: 2, ...(cursor === null ? {} : { cursor }) })
        names.push(...page.data.map(({ after }) => after?.['name']))
        cursor = page.next_cursor
      } while (cursor !== null)
      expect(names).toEqual(['n4', 'n3', 'n2', 'n1', 'n0'])
    })
  })

  test('no secret is ever found in the database, nor in what is told of a failure', async () => {
    const first = await admin.create({ name: 'Ada', notes: 'x' }, owner)
    const second = await admin.rotate(first.id, { overlap_seconds: 60 }, owner)
    await admin.update(first.id, { notes: 'y' }, owner)
    const texts = (await tableTexts(opened.database)).join('\n')
    expect(texts).toContain(hashKey(first.key))
    for (const key of [first.key, second?.key ?? '']) {
      expect(texts).not.toContain(key)
      expect(texts).not.toContain(key.slice(4, 20))
    }
    await sql`drop table gateway_key_terms`.execute(opened.database.kysely)
    const failure: unknown = await admin
      .create({ name: 'Bob', notes: 'a secret note' }, owner)
      .catch((thrown) => thrown)
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toMatch(/secret note|insert |gateway_key/)
  })

  test('are found under their ids as these are spelt, to the case and to a space at the end', async () => {
    const { id } = await admin.create({ name: 'Ada' }, owner)
    for (const other of [`${id} `, id.toUpperCase(), `${id}é`, `${id}\0`]) {
      expect(await admin.show(other)).toBeUndefined()
      expect(await admin.revoke(other, owner)).toBeUndefined()
      expect((await admin.audit({ ...all, key: other })).data).toEqual([])
    }
    expect(await admin.show(id)).toMatchObject({ state: 'active' })
  })

  test.each(hostileTexts)('%j is text wherever it stands, and never a statement', async (text) => {
    const { id } = await admin.create({ name: 'Ada', owner: 'the one', tags: ['a'] }, owner)
    const hostile = await admin.create({ name: 'Eve', owner: text, notes: text }, owner)
    expect(await admin.show(hostile.id)).toMatchObject({ owner: text, notes: text })
    expect((await admin.list({ ...all, owner: text })).data.map((key) => key.id)).toEqual([hostile.id])
    expect(await admin.show(text)).toBeUndefined()
    expect(await admin.update(text, { owner: text }, owner)).toBeUndefined()
    expect(await admin.rotate(text, { overlap_seconds: 1 }, owner)).toBeUndefined()
    expect(await admin.revoke(text, owner)).toBeUndefined()
    expect((await admin.audit({ ...all, key: text })).data).toEqual([])
    await expect(admin.list({ ...all, cursor: text })).rejects.toMatchObject({ kind: 'invalid-request' })
    await expect(admin.audit({ ...all, cursor: text })).rejects.toMatchObject({ kind: 'invalid-request' })
    await expect(admin.create({ name: 'x' }, { is: 'key', id: text })).rejects.toMatchObject({
      kind: 'forbidden-service',
    })
    expect(await admin.show(id)).toMatchObject({ owner: 'the one', state: 'active' })
    expect((await admin.list(all)).data).toHaveLength(2)
  })
})
