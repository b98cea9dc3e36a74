import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Caller, mayUse } from '../../src/chat/caller.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { Actor } from '../../src/chat/key-admin.ts'
import type { KeyChange } from '../../src/chat/key-shapes.ts'
import { createGatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import { findExcess } from '../../src/keys/grant.ts'
import { createKeyAdmin } from '../../src/keys/key-admin.ts'
import { hashKey } from '../../src/keys/key-format.ts'
import { createKeyTable } from '../../src/keys/key-table.ts'
import { type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'

const names = fc.constantFrom('a', 'b', 'c')
/** Anything that can be said of a key's rights; the weight is how much rather nothing is said of one. */
function changeWith(weight: number): fc.Arbitrary<KeyChange> {
  const optional = <Value>(value: fc.Arbitrary<Value>) =>
    fc.oneof({ arbitrary: fc.constant(undefined), weight }, { arbitrary: value, weight: 1 })
  const bound = optional(fc.constantFrom(1, 10, 100, null))
  const listed = optional(fc.oneof(fc.constant('all' as const), fc.uniqueArray(names)))
  const limits = { requests_per_minute: bound, tokens_per_minute: bound, tokens_per_day: bound, concurrent: bound }
  return fc
    .record({
      services: listed,
      models: listed,
      dialects: listed,
      role: optional(fc.constantFrom('user' as const, 'operator' as const, 'admin' as const)),
      credits: optional(fc.constantFrom('1', '10', '100', null)),
      expires_at: optional(fc.constantFrom('2050-01-01T00:00:00Z', '2060-01-01T00:00:00Z', null)),
      trust_end_user: optional(fc.constantFrom('none' as const, 'jwt' as const, 'headers' as const)),
      limits: fc.record(limits),
    })
    .map((fields) => JSON.parse(JSON.stringify(fields)))
}

/** What is asked for says little, because what is said of everything is refused for something. */
const [rightsOfMaker, wantedOfChild] = [changeWith(1), changeWith(6)]

let opened: OpenTestDatabase
beforeEach(async () => {
  opened = await openTestDatabase('sqlite')
})
afterEach(() => opened.remove())

/** The caller that a request with this key would be. */
async function callerOf(key: string): Promise<Caller & { expiresAtMs: number | null }> {
  const { records } = await createGatewayKeyStore(opened.database).readAll()
  const record = records.find(({ hash }) => hash === hashKey(key))
  const verdict = (await createKeyTable(records)).judge(hashKey(key), Date.now())
  if (verdict?.outcome !== 'accepted' || record === undefined) throw new Error('The key does not work.')
  return { ...verdict.caller, expiresAtMs: record.expiresAtMs }
}

const limitNames = ['requestsPerMinute', 'tokensPerMinute', 'tokensPerDay', 'concurrent'] as const

type Known = Awaited<ReturnType<typeof callerOf>>

/** Every number that a key has, the larger the more. */
function measure({ limits, creditsMicro, expiresAtMs, trustEndUser }: Known): (number | null | undefined)[] {
  const trust = { none: 0, jwt: 1, headers: 2 }[trustEndUser ?? 'none']
  return [...limitNames.map((name) => limits?.[name]), creditsMicro, expiresAtMs, trust]
}

/** Everything that a key may use, of some names. */
function reach(caller: Known): string[] {
  const some = ['a', 'b', 'c', 'of another name']
  const isIn = (names: readonly string[] | undefined, name: string) => names === undefined || names.includes(name)
  return [
    ...some.filter((name) => mayUse(caller, name)).map((name) => `service ${name}`),
    ...some.filter((name) => isIn(caller.models, name)).map((name) => `model ${name}`),
    ...some.filter((name) => isIn(caller.dialects, name)).map((name) => `dialect ${name}`),
  ]
}

/** Said a second time, in other words than the room's own: nothing that the one may not do may the other. */
function expectWithin(child: Known, maker: Known): void {
  expect([child.admin, child.role ?? 'user']).toEqual([false, 'user'])
  expect(reach(maker)).toEqual(expect.arrayContaining(reach(child)))
  const most = measure(maker)
  for (const [index, amount] of measure(child).entries()) {
    expect(amount ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(most[index] ?? Number.POSITIVE_INFINITY)
  }
}

describe('a key cannot grant what its creator lacks', () => {
  const owner: Actor = { is: 'owner', id: 'admin', name: 'admin' }

  test('whatever an operator is, and whatever it asks for, at once or in steps', async () => {
    const admin = createKeyAdmin(opened.database)
    let granted = 0
    await fc.assert(
      fc.asyncProperty(
        rightsOfMaker,
        fc.array(wantedOfChild, { minLength: 1, maxLength: 4 }),
        async (rights, wanted) => {
          const maker = await admin.create({ ...rights, name: 'operator', role: 'operator' }, owner)
          const actor: Actor = { is: 'key', id: maker.id }
          const makerCaller = await callerOf(maker.key)
          const [first = {}, ...later] = wanted
          const made = await refusable(admin.create({ ...first, name: 'child' }, actor))
          if (made === undefined) return
          granted++
          expectWithin(await callerOf(made.key), makerCaller)
          for (const step of later) {
            await refusable(admin.update(made.id, step, actor))
            expectWithin(await callerOf(made.key), makerCaller)
          }
        },
      ),
      { numRuns: 250 },
    )
    expect(granted).toBeGreaterThan(10)
  })

  test('nor touch a key that has more than itself, in any way', async () => {
    const admin = createKeyAdmin(opened.database)
    const maker = await admin.create({ name: 'operator', role: 'operator', services: ['a'] }, owner)
    const actor: Actor = { is: 'key', id: maker.id }
    for (const stronger of [
      { services: 'all' as const },
      { role: 'operator' as const, services: ['a'] },
      { role: 'admin' as const },
    ]) {
      const { id } = await admin.create({ name: 'stronger', ...stronger }, owner)
      const attempts = [
        () => admin.update(id, { services: ['a'], role: 'user' }, actor),
        () => admin.rotate(id, { overlap_seconds: 0 }, actor),
        () => admin.revoke(id, actor),
      ]
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ kind: 'forbidden-service' })
      expect(await admin.show(id)).toMatchObject({ state: 'active' })
    }
  })

  test('and users, expired, revoked and unknown keys can grant nothing', async () => {
    const admin = createKeyAdmin(opened.database)
    const user = await admin.create({ name: 'user' }, owner)
    const gone = await admin.create({ name: 'gone', role: 'admin' }, owner)
    await admin.revoke(gone.id, owner)
    const old = createKeyAdmin(opened.database, () => 0)
    const lapsed = await old.create({ name: 'lapsed', role: 'admin', expires_at: '2001-01-01T00:00:00Z' }, owner)
    for (const id of [user.id, gone.id, lapsed.id, 'admin', 'local', 'key_none']) {
      const attempt = () => admin.create({ name: 'child', services: [] }, { is: 'key', id })
      await expect(attempt()).rejects.toMatchObject({ kind: 'forbidden-service' })
    }
    expect(findExcess({ services: 'all', expiresAtMs: null }, { services: [], expiresAtMs: 0 })).toBeDefined()
  })
})

/** Undefined for what was refused; other failures are failures. */
async function refusable<Result>(attempt: Promise<Result>): Promise<Result | undefined> {
  try {
    return await attempt
  } catch (thrown) {
    if (thrown instanceof GatewayError && ['forbidden-service', 'invalid-request'].includes(thrown.kind))
      return undefined
    throw thrown
  }
}
