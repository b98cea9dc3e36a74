import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createKey } from '../../src/keys/key-format.ts'
import type { KeyRing, KeyRingParts } from '../../src/keys/key-ring.ts'
import { createStoreReader } from '../../src/keys/store-reader.ts'
import { adminKey, createClocks, createMemoryLog, createScriptedStore, createTestRing } from './ring-rig.ts'

const unknown = { outcome: 'refused', reason: 'unknown' }
const unavailable = { outcome: 'unavailable' }

const rings: KeyRing[] = []
afterEach(async () => {
  await Promise.all(rings.splice(0).map((ring) => ring.stop()))
})

function createRing(parts: Pick<KeyRingParts, 'store'> & Partial<KeyRingParts>): KeyRing {
  const ring = createTestRing(parts)
  rings.push(ring)
  return ring
}

async function startRing(parts: Pick<KeyRingParts, 'store'> & Partial<KeyRingParts>): Promise<KeyRing> {
  const ring = createRing(parts)
  await ring.start()
  await ring.whenReady()
  await vi.waitFor(() => expect(ring.state().word).toBe('fresh'))
  return ring
}

describe('with a store that answers', () => {
  test('lets in who has a key, and says who that is', async () => {
    const store = createScriptedStore()
    const key = store.add({ id: 'key_1', name: 'Ada', services: ['gemma4', 'qwen'] })
    const all = store.add({ id: 'key_2', name: 'Bob', services: 'all' })
    const { find } = await startRing({ store })
    expect(find(key)).toEqual({
      outcome: 'accepted',
      caller: { keyId: 'key_1', keyName: 'Ada', services: new Set(['gemma4', 'qwen']), admin: false },
    })
    expect(find(all)).toMatchObject({ caller: { keyId: 'key_2', services: 'all', admin: false } })
  })

  test('lets the administrator in everywhere', async () => {
    const { find } = await startRing({ store: createScriptedStore() })
    const caller = { keyId: 'admin', keyName: 'admin', services: 'all', admin: true, role: 'admin' }
    expect(find(adminKey)).toEqual({ outcome: 'accepted', caller })
  })

  test('refuses everything else', async () => {
    const store = createScriptedStore()
    const key = store.add()
    const { find } = await startRing({ store })
    const swapped = [...key]
      .map((letter) => (/[a-z]/.test(letter) ? letter.toUpperCase() : letter.toLowerCase()))
      .join('')
    const wrong = ['', ' ', `${key} `, ` ${key}`, key.slice(0, -1), `${key}0`, swapped, createKey(), 'x'.repeat(10_000)]
    const odd = [
      '0',
      'null',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      '\0',
      '🦊',
      `${adminKey}.`,
      adminKey.toUpperCase(),
    ]
    for (const presented of [...wrong, ...odd]) expect(find(presented)).toEqual(unknown)
  })

  test('refuses a hash for the key that it is the hash of', async () => {
    const store = createScriptedStore()
    store.add()
    const { find } = await startRing({ store })
    const { records } = await store.readAll()
    expect(find(records[0]?.hash ?? '')).toEqual(unknown)
  })

  test('reads nothing when it looks a key up', async () => {
    const store = createScriptedStore()
    const key = store.add()
    const { find } = await startRing({ store, syncEveryMs: 4000 })
    const { readings } = store
    for (let index = 0; index < 1000; index++) find(index % 2 === 0 ? key : 'wrong')
    expect(store.readings).toBe(readings)
  })

  test('looks keys up by SHA-512 where the store holds that, the administrator among them', async () => {
    const store = createScriptedStore({ algorithm: 'sha512' })
    const key = store.add()
    const { find } = await startRing({ store })
    expect([key, adminKey, createKey()].map((presented) => find(presented).outcome)).toEqual([
      'accepted',
      'accepted',
      'refused',
    ])
  })

  test('says why it refuses a key that it knows', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const expired = store.add({ expiresAtMs: clocks.now() - 1 })
    const revoked = store.add({ isRevoked: true })
    const both = store.add({ isRevoked: true, expiresAtMs: 0 })
    const { find } = await startRing({ store, ...clocks })
    expect(find(expired)).toEqual({ outcome: 'refused', reason: 'expired' })
    expect(find(revoked)).toEqual({ outcome: 'refused', reason: 'revoked' })
    expect(find(both)).toEqual({ outcome: 'refused', reason: 'revoked' })
  })

  test('ends a key at its time, also between two readings', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const key = store.add({ expiresAtMs: clocks.now() + 10_000 })
    const { find } = await startRing({ store, syncEveryMs: 4000, ...clocks })
    expect(find(key).outcome).toBe('accepted')
    clocks.pass(10_000)
    expect(find(key)).toEqual({ outcome: 'refused', reason: 'expired' })
  })

  test('learns of keys that are new, changed, revoked and gone', async () => {
    const store = createScriptedStore()
    const changed = store.add({ services: ['gemma4'] })
    const revoked = store.add()
    const gone = store.add()
    const { find } = await startRing({ store })
    const added = store.add()
    store.change(changed, { services: [] })
    store.change(revoked, { isRevoked: true })
    store.remove(gone)
    await vi.waitFor(() => expect(find(added).outcome).toBe('accepted'))
    expect(find(changed)).toMatchObject({ caller: { services: new Set() } })
    expect(find(revoked)).toEqual({ outcome: 'refused', reason: 'revoked' })
    expect(find(gone)).toEqual(unknown)
  })

  test('that is slow has it told once, and again when it has been quick between', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const log = createMemoryLog()
    let tookMs = 900
    const slow = {
      ...store,
      async readAll() {
        clocks.pass(tookMs)
        return store.readAll()
      },
    }
    const told = () => log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    const readTaking = async (ms: number) => {
      tookMs = ms
      const { readings } = store
      await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings + 2))
    }
    await startRing({ store: slow, log, ...clocks })
    expect(told()).toEqual([])
    await readTaking(1100)
    await readTaking(900)
    await readTaking(2000)
    const words = 'reading the keys takes more than 1 s: from then to its end unknown keys are told to try again'
    expect(told()).toEqual([words])
    await readTaking(400)
    await readTaking(1100)
    expect(told()).toEqual([words, words])
  })

  test('has its problems told once, and again when they come back', async () => {
    const store = createScriptedStore()
    const log = createMemoryLog()
    const told = () => log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    const readOnce = async () => {
      const { readings } = store
      await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings + 2))
    }
    store.problems = ['2 rows without a token']
    await startRing({ store, log })
    await readOnce()
    expect(told()).toEqual(['2 rows without a token'])
    store.problems = []
    await readOnce()
    store.problems = ['2 rows without a token']
    await readOnce()
    expect(told()).toEqual(['2 rows without a token', '2 rows without a token'])
  })
})

describe('with a store that has never answered', () => {
  test('lets in nobody but the administrator, and refuses nobody for it', async () => {
    const store = createScriptedStore()
    const key = store.add()
    store.behave('fails')
    const ring = createRing({ store })
    expect(ring.find(key)).toEqual(unavailable)
    await ring.start()
    await vi.waitFor(() => expect(ring.state().failure?.code).toBe('ECONNREFUSED'))
    expect(ring.state()).toMatchObject({ word: 'waiting', keys: 0, lastSyncAtMs: null })
    expect([key, createKey(), 'sk-other'].map(ring.find)).toEqual([unavailable, unavailable, unavailable])
    expect(ring.find(adminKey).outcome).toBe('accepted')
    store.behave('answers')
    await vi.waitFor(() => expect(ring.find(key).outcome).toBe('accepted'))
  })

  test('refuses what no client could mean', async () => {
    const store = createScriptedStore()
    store.behave('fails')
    const { find } = createRing({ store })
    expect([`${createKey()}x`, `vgw_${'0'.repeat(49)}`, '', 'ä'].map(find)).toEqual(Array(4).fill(unknown))
  })

  test('refuses nothing for its shape where the keys are not ours', async () => {
    const store = createScriptedStore({ holdsOurFormatOnly: false })
    store.behave('fails')
    const { find } = createRing({ store })
    expect(find(`vgw_${'0'.repeat(49)}`)).toEqual(unavailable)
  })
})

describe('while the store is away', () => {
  test('known keys work, and others are told to try again', async () => {
    const store = createScriptedStore()
    const key = store.add()
    const revoked = store.add({ isRevoked: true })
    const ring = await startRing({ store })
    store.behave('fails')
    await vi.waitFor(() => expect(ring.state().word).toBe('stale'))
    expect(ring.find(key).outcome).toBe('accepted')
    expect(ring.find(revoked)).toEqual({ outcome: 'refused', reason: 'revoked' })
    expect(ring.find(createKey())).toEqual(unavailable)
    expect(ring.find(adminKey).outcome).toBe('accepted')
  })

  test('a store that hangs counts as away before it has failed', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const ring = await startRing({ store, ...clocks })
    store.behave('hangs')
    const { readings } = store
    await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings))
    expect(ring.find(createKey())).toEqual(unknown)
    clocks.pass(1100)
    expect(ring.find(createKey())).toEqual(unavailable)
  })

  test('a reading is given up after the time that it was given', async () => {
    const store = createScriptedStore()
    store.behave('hangs')
    const failures: string[] = []
    const reader = createStoreReader({
      store,
      ...createClocks(),
      onReading: async () => {},
      onFailure: ({ code }) => void failures.push(code),
    })
    expect(await reader.read({ ms: 1, signal: new AbortController().signal })).toBe(false)
    expect(failures).toEqual(['DEADLINE'])
  })

  test('a reading that hangs is given up, and the next one counts', async () => {
    const store = createScriptedStore()
    const ring = await startRing({ store })
    store.behave('hangs')
    await vi.waitFor(() => expect(ring.state().failure?.code).toBe('DEADLINE'), { timeout: 6000 })
    store.behave('answers')
    const key = store.add()
    await vi.waitFor(() => expect(ring.find(key).outcome).toBe('accepted'), { timeout: 1000 })
  })

  test('expiry holds', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const key = store.add({ expiresAtMs: clocks.now() + 10_000 })
    const ring = await startRing({ store, ...clocks })
    store.behave('fails')
    await vi.waitFor(() => expect(ring.state().word).toBe('stale'))
    clocks.pass(10_000)
    expect(ring.find(key)).toEqual({ outcome: 'refused', reason: 'expired' })
  })

  test('the copy stops counting after the longest time that was set, and counts again when the store is back', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const key = store.add()
    const log = createMemoryLog()
    const ring = await startRing({ store, staleMaxMs: 60_000, log, ...clocks })
    store.behave('fails')
    await vi.waitFor(() => expect(ring.state().word).toBe('stale'))
    clocks.pass(59_000)
    expect(ring.find(key).outcome).toBe('accepted')
    clocks.pass(2000)
    expect(ring.state().word).toBe('expired')
    expect(ring.find(key)).toEqual(unavailable)
    expect(ring.find(adminKey).outcome).toBe('accepted')
    await vi.waitFor(() => expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1), {
      timeout: 4000,
    })
    store.behave('answers')
    await vi.waitFor(() => expect(ring.find(key).outcome).toBe('accepted'), { timeout: 4000 })
  })

  test('an age is not changed by setting the time of day', async () => {
    const store = createScriptedStore()
    const clocks = createClocks()
    const key = store.add()
    const ring = await startRing({ store, staleMaxMs: 60_000, ...clocks })
    store.behave('fails')
    await vi.waitFor(() => expect(ring.state().word).toBe('stale'))
    clocks.setForward(86_400_000)
    expect(ring.find(key).outcome).toBe('accepted')
    clocks.setForward(-2 * 86_400_000)
    clocks.pass(61_000)
    expect(ring.find(key)).toEqual(unavailable)
  })

  test('it is asked again and again, with less than 2 s between', async () => {
    const store = createScriptedStore()
    const ring = await startRing({ store })
    store.behave('fails')
    await vi.waitFor(() => expect(ring.state().word).toBe('stale'))
    const { readings } = store
    await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings + 3), { timeout: 5000 })
    const { readings: later } = store
    await vi.waitFor(() => expect(store.readings).toBeGreaterThan(later), { timeout: 2100 })
  })

  test('the log says so once, and once that it is over', async () => {
    const store = createScriptedStore()
    const log = createMemoryLog()
    const ring = await startRing({ store, log })
    store.behave('fails')
    const { readings } = store
    await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings + 3), { timeout: 4000 })
    store.behave('answers')
    await vi.waitFor(() => expect(ring.state().word).toBe('fresh'), { timeout: 4000 })
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info the keys have been read',
      'warn the keys cannot be read: known ones keep working, others are told to try again',
      'info the keys can be read again',
    ])
  })

  test('nothing that an error holds gets into the log but its code', async () => {
    const store = createScriptedStore()
    const log = createMemoryLog()
    const key = store.add()
    const leaky = Object.assign(new Error(`near 'select ${key}'`), { sql: `select ${key}`, parameters: [key] })
    store.behave('fails', leaky)
    const ring = createRing({ store, log })
    await ring.start()
    await vi.waitFor(() => expect(log.lines).not.toEqual([]))
    expect(inspect([log.lines, ring.state()], { depth: 10 })).not.toContain(key)
  })
})

test('stops in the middle of a reading, and reads no more', async () => {
  const store = createScriptedStore()
  const log = createMemoryLog()
  const ring = await startRing({ store, log })
  store.behave('hangs')
  const { readings } = store
  await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings))
  const startedAt = performance.now()
  await ring.stop()
  expect(performance.now() - startedAt).toBeLessThan(500)
  expect(log.lines.filter(({ level }) => level !== 'info')).toEqual([])
})
