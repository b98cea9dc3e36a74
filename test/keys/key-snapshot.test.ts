import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createKey } from '../../src/keys/key-format.ts'
import type { KeyRing, KeyRingParts } from '../../src/keys/key-ring.ts'
import { createClocks, createMemoryLog, createScriptedStore, createTestRing, type ScriptedStore } from './ring-rig.ts'

let folder: string
let snapshotPath: string
let store: ScriptedStore
const rings: KeyRing[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  snapshotPath = join(folder, 'data', 'keys-snapshot.json')
  store = createScriptedStore()
})
afterEach(async () => {
  await Promise.all(rings.splice(0).map((ring) => ring.stop()))
  rmSync(folder, { recursive: true, force: true })
})

async function start(parts: Partial<KeyRingParts> = {}): Promise<KeyRing> {
  const ring = createTestRing({ store, snapshotPath, ...parts })
  rings.push(ring)
  await ring.start()
  return ring
}

/** Runs a ring until it has kept what the store holds. */
async function keepSnapshot(parts: Partial<KeyRingParts> = {}): Promise<void> {
  const ring = await start(parts)
  await ring.whenReady()
  await vi.waitFor(() => expect(existsSync(snapshotPath)).toBe(true))
  await ring.stop()
}

test('known keys work from the start when the store is away, with all that is known of them', async () => {
  const clocks = createClocks()
  const key = store.add({ id: 'key_7', name: 'Ada', services: ['gemma4'] })
  const all = store.add({ services: 'all' })
  const revoked = store.add({ isRevoked: true })
  const expiring = store.add({ expiresAtMs: clocks.now() + 10_000 })
  await keepSnapshot()
  store.behave('fails')
  const ring = await start(clocks)
  expect(ring.state()).toMatchObject({ word: 'stale', keys: 4 })
  await ring.whenReady()
  expect(ring.find(key)).toEqual({
    outcome: 'accepted',
    caller: { keyId: 'key_7', keyName: 'Ada', services: new Set(['gemma4']), admin: false },
  })
  expect(ring.find(all)).toMatchObject({ caller: { services: 'all' } })
  expect(ring.find(revoked)).toEqual({ outcome: 'refused', reason: 'revoked' })
  expect(ring.find(createKey())).toEqual({ outcome: 'unavailable' })
  expect(ring.find(expiring).outcome).toBe('accepted')
  clocks.pass(10_000)
  expect(ring.find(expiring)).toEqual({ outcome: 'refused', reason: 'expired' })
})

test('it holds hashes, never keys, and is for this user alone', async () => {
  const key = store.add()
  await keepSnapshot()
  expect(readFileSync(snapshotPath, 'utf8')).not.toContain(key.slice(4, 20))
  expect(statSync(snapshotPath).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, 'data'))).toEqual(['keys-snapshot.json'])
})

test('it does not count once it is older than the copy in memory may be', async () => {
  const key = store.add()
  await keepSnapshot({ staleMaxMs: 60_000 })
  store.behave('fails')
  const later = createClocks()
  later.pass(61_000)
  const ring = await start({ staleMaxMs: 60_000, ...later })
  expect(ring.state().word).toBe('waiting')
  expect(ring.find(key)).toEqual({ outcome: 'unavailable' })
})

test('its age goes on where it was', async () => {
  const key = store.add()
  await keepSnapshot({ staleMaxMs: 60_000 })
  store.behave('fails')
  const clocks = createClocks()
  clocks.pass(40_000)
  const ring = await start({ staleMaxMs: 60_000, ...clocks })
  expect(ring.find(key).outcome).toBe('accepted')
  clocks.pass(21_000)
  expect(ring.state().word).toBe('expired')
  expect(ring.find(key)).toEqual({ outcome: 'unavailable' })
})

test('it does not count when it comes from the future', async () => {
  store.add()
  const future = createClocks()
  future.setForward(3_600_000)
  await keepSnapshot(future)
  store.behave('fails')
  expect((await start()).state().word).toBe('waiting')
})

test('it does not count for another store', async () => {
  const key = store.add()
  await keepSnapshot()
  const other = createScriptedStore({ identity: 'another table' })
  other.behave('fails')
  const ring = await start({ store: other })
  expect(ring.find(key)).toEqual({ outcome: 'unavailable' })
})

test.each([
  ['cut short', (text: string) => text.slice(0, -20)],
  ['empty', () => ''],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['of another version', (text: string) => text.replace('"version":2', '"version":3')],
  ['with records of another shape', (text: string) => text.replace('"isRevoked":false', '"isRevoked":"no"')],
])('it does not count when it is %s', async (_, damage) => {
  store.add()
  await keepSnapshot()
  const text = readFileSync(snapshotPath, 'utf8')
  writeFileSync(snapshotPath, damage(text))
  expect(readFileSync(snapshotPath, 'utf8')).not.toBe(text)
  store.behave('fails')
  expect((await start()).state().word).toBe('waiting')
})

test('a revocation is in it at once', async () => {
  const key = store.add()
  const ring = await start()
  await vi.waitFor(() => expect(existsSync(snapshotPath)).toBe(true))
  store.change(key, { isRevoked: true })
  await vi.waitFor(() => expect(readFileSync(snapshotPath, 'utf8')).toContain('"isRevoked":true'))
  await ring.stop()
})

test('it is written again before it grows old, and not at every reading', async () => {
  const clocks = createClocks()
  store.add()
  await start({ staleMaxMs: 60_000, ...clocks })
  await vi.waitFor(() => expect(existsSync(snapshotPath)).toBe(true))
  const { ino } = statSync(snapshotPath)
  const { readings } = store
  await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings + 5))
  expect(statSync(snapshotPath).ino).toBe(ino)
  clocks.pass(16_000)
  await vi.waitFor(() => expect(statSync(snapshotPath).ino).not.toBe(ino))
})

test('keys are read all the same when it cannot be written, and the log says so once', async () => {
  const key = store.add()
  const log = createMemoryLog()
  writeFileSync(join(folder, 'data'), 'a file where the folder should be')
  chmodSync(join(folder, 'data'), 0o400)
  const ring = await start({ log })
  const { readings } = store
  await vi.waitFor(() => expect(store.readings).toBeGreaterThan(readings + 5))
  expect(ring.find(key).outcome).toBe('accepted')
  expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
    'the copy of the key hashes cannot be written',
  ])
})

const terms = {
  role: 'operator',
  models: ['gemma'],
  dialects: ['gemini'],
  limits: { requestsPerMinute: 3 },
  creditsMicro: 5,
  trustEndUser: 'jwt',
  defaults: { enableThinking: false, maxTokens: 7, reasoningFields: 'none' },
} as const

test('what is agreed for a key is in it', async () => {
  const key = store.add(terms)
  await keepSnapshot()
  store.behave('fails')
  expect((await start()).find(key)).toMatchObject({ outcome: 'accepted', caller: terms })
})

test.each([
  ['"role":"operator"', '"role":"king"'],
  ['"models":["gemma"]', '"models":"all"'],
  ['"dialects":["gemini"]', '"dialects":[7]'],
  ['"requestsPerMinute":3', '"requestsPerMinute":"3"'],
  ['"creditsMicro":5', '"creditsMicro":null'],
  ['"trustEndUser":"jwt"', '"trustEndUser":"anything"'],
  ['"enableThinking":false', '"enableThinking":{}'],
  ['"reasoningFields":"none"', '"reasoningFields":"some"'],
])('it does not count when %s has become %s', async (was, is) => {
  store.add(terms)
  await keepSnapshot()
  const text = readFileSync(snapshotPath, 'utf8')
  expect(text).toContain(was)
  writeFileSync(snapshotPath, text.replace(was, is))
  store.behave('fails')
  expect((await start()).state().word).toBe('waiting')
})

test('a change of what is agreed is in it at once', async () => {
  const key = store.add(terms)
  await start()
  await vi.waitFor(() => expect(existsSync(snapshotPath)).toBe(true))
  store.change(key, { limits: { requestsPerMinute: 4 } })
  await vi.waitFor(() => expect(readFileSync(snapshotPath, 'utf8')).toContain('"requestsPerMinute":4'))
})
