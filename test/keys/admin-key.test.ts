import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resolveAdminKey } from '../../src/keys/admin-key.ts'
import { hashKey, looksLikeKey } from '../../src/keys/key-format.ts'

let dataDir: string
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'gateway-test-')), 'data')
})
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }))

test('takes the key that was set, and writes nothing', async () => {
  const admin = await resolveAdminKey({ given: 'any string of mine', dataDir })
  expect(admin).toMatchObject({ hash: hashKey('any string of mine'), generated: null })
  expect(() => readdirSync(dataDir)).toThrow('ENOENT')
})

test('makes a key once, tells it once, and keeps only its hash, for this user alone', async () => {
  const first = await resolveAdminKey({ given: null, dataDir })
  const key = first.generated ?? ''
  expect(looksLikeKey(key) && key.startsWith('vgw_')).toBe(true)
  expect(first.hash).toBe(hashKey(key))
  expect(await resolveAdminKey({ given: null, dataDir })).toMatchObject({ hash: first.hash, generated: null })
  const path = join(dataDir, 'admin-key.json')
  expect(readdirSync(dataDir)).toEqual(['admin-key.json'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).not.toContain(key.slice(4, 20))
})

test('forgets a key that could not be shown, so that the next start makes another', async () => {
  const first = await resolveAdminKey({ given: null, dataDir })
  await first.discardGenerated()
  const second = await resolveAdminKey({ given: null, dataDir })
  expect(second.generated).not.toBe(null)
  expect(second.hash).not.toBe(first.hash)
})

test('makes one key when several start at once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => resolveAdminKey({ given: null, dataDir })))
  expect(all.filter(({ generated }) => generated !== null)).toHaveLength(1)
  expect(new Set(all.map(({ hash }) => hash)).size).toBe(1)
  expect(readdirSync(dataDir)).toEqual(['admin-key.json'])
})

test('prefers the key that was set to the one that is kept', async () => {
  await resolveAdminKey({ given: null, dataDir })
  expect((await resolveAdminKey({ given: 'mine', dataDir })).hash).toBe(hashKey('mine'))
})

test('refuses a damaged file, and says what to do, instead of making another key', async () => {
  await resolveAdminKey({ given: null, dataDir })
  writeFileSync(join(dataDir, 'admin-key.json'), '{"version":1')
  await expect(resolveAdminKey({ given: null, dataDir })).rejects.toThrow(/admin-key\.json holds no hash.*Remove it/)
})
