import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AdminKey, resolveAdminKey } from '../../src/keys/admin-key.ts'
import { hashKey, looksLikeKey } from '../../src/keys/key-format.ts'

let dataDir: string
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'gateway-test-')), 'data')
})
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }))

/** What a start does that shows the key. */
async function startOnce(): Promise<AdminKey> {
  const admin = await resolveAdminKey({ given: null, dataDir })
  await admin.prepare()
  await admin.keep()
  await admin.forget()
  return admin
}

test('takes the key that was set, and writes nothing', async () => {
  const admin = await resolveAdminKey({ given: 'any string of mine', dataDir })
  await admin.prepare()
  expect(await admin.keep()).toBe(true)
  expect([admin.hash(), admin.generated]).toEqual([hashKey('any string of mine'), null])
  expect(() => readdirSync(dataDir)).toThrow('ENOENT')
})

test('makes a key once, tells it once, and keeps only its hash, for this user alone', async () => {
  const first = await startOnce()
  const key = first.generated ?? ''
  expect(looksLikeKey(key) && key.startsWith('vgw_')).toBe(true)
  expect(first.hash()).toBe(hashKey(key))
  const second = await startOnce()
  expect([second.hash(), second.generated]).toEqual([first.hash(), null])
  const path = join(dataDir, 'admin-key.json')
  expect(readdirSync(dataDir)).toEqual(['admin-key.json'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).not.toContain(key.slice(4, 20))
})

test('a key that was not shown is not kept, so that the next start makes another', async () => {
  const first = await resolveAdminKey({ given: null, dataDir })
  await first.prepare()
  expect(readdirSync(dataDir)).not.toContain('admin-key.json')
  await first.forget()
  expect(readdirSync(dataDir)).toEqual([])
  // Too late.
  await first.keep()
  expect(readdirSync(dataDir)).toEqual([])
  const second = await startOnce()
  expect(second.generated).not.toBe(null)
  expect(second.hash()).not.toBe(first.hash())
})

test('keeps one key when several start at once, and tells those whose key it is not', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => resolveAdminKey({ given: null, dataDir })))
  await Promise.all(all.map((admin) => admin.prepare()))
  const kept = await Promise.all(all.map((admin) => admin.keep()))
  expect(kept.filter((isKept) => isKept)).toHaveLength(1)
  expect(new Set(all.map(({ hash }) => hash()))).toEqual(new Set([all[kept.indexOf(true)]?.hash()]))
  await Promise.all(all.map((admin) => admin.forget()))
  expect(readdirSync(dataDir)).toEqual(['admin-key.json'])
})

test('prefers the key that was set to the one that is kept', async () => {
  await startOnce()
  expect((await resolveAdminKey({ given: 'mine', dataDir })).hash()).toBe(hashKey('mine'))
})

test('refuses a damaged file, and says what to do, instead of making another key', async () => {
  await startOnce()
  writeFileSync(join(dataDir, 'admin-key.json'), '{"version":1')
  await expect(resolveAdminKey({ given: null, dataDir })).rejects.toThrow(/admin-key\.json holds no hash.*Remove it/)
})
