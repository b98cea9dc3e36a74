import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createGatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import { type Keys, type KeysSettings, openKeys } from '../../src/keys/keys.ts'
import { type OpenTestDatabase, openTestDatabase } from '../database/test-databases.ts'
import { plainTable, runAll } from './adopted/adopted-rig.ts'
import { adminKey, createMemoryLog } from './ring-rig.ts'

let opened: OpenTestDatabase
let dataDir: string
let keys: Keys | undefined
beforeEach(async () => {
  opened = await openTestDatabase('sqlite')
  dataDir = opened.settings.kind === 'sqlite' ? join(dirname(opened.settings.path), 'files') : ''
})
afterEach(async () => {
  await keys?.stop()
  await opened.remove()
})

const ring = { syncEveryMs: 50, staleMaxMs: 60_000, table: null }

async function open(settings: Partial<KeysSettings> = {}, log = createMemoryLog()): Promise<Keys> {
  keys = await openKeys({
    database: opened.database,
    settings: { adminKey: null, dataDir, keys: ring, ...settings },
    log,
  })
  return keys
}

describe('the keys of the house', () => {
  test('are known when their start is over', async () => {
    const { key } = await createGatewayKeyStore(opened.database).create({
      name: 'Ada',
      services: 'all',
      expiresAtMs: null,
    })
    const { start, find } = await open()
    expect(find(key).outcome).toBe('unavailable')
    await start()
    expect(find(key).outcome).toBe('accepted')
  })

  test('have an administrator, made at the first start and kept once it was shown', async () => {
    const first = await open()
    const made = first.generatedAdminKey ?? ''
    expect(first.find(made)).toMatchObject({ outcome: 'accepted', caller: { admin: true } })
    await first.start()
    await first.keepGenerated()
    const second = await open()
    expect(second.generatedAdminKey).toBeNull()
    expect(second.find(made).outcome).toBe('accepted')
  })

  test('have the administrator that was set', async () => {
    const { find, generatedAdminKey } = await open({ adminKey })
    expect(generatedAdminKey).toBeNull()
    expect(find(adminKey)).toMatchObject({ caller: { admin: true } })
    expect(readdirSync(dirname(dataDir))).not.toContain('files')
  })

  test('come from an adopted table where there is one', async () => {
    await runAll(opened.database, 'CREATE TABLE api_tokens (token TEXT)', `INSERT INTO api_tokens VALUES ('sk-legacy')`)
    const { start, find } = await open({ keys: { ...ring, table: plainTable } })
    await start()
    expect(find('sk-legacy')).toMatchObject({ outcome: 'accepted', caller: { services: 'all', admin: false } })
  })

  test('wait for a table that is not as it was configured, say so once with a view, and go on once it is', async () => {
    await runAll(opened.database, 'CREATE TABLE api_tokens (tokn TEXT)', `INSERT INTO api_tokens VALUES ('sk-legacy')`)
    const log = createMemoryLog()
    const { start, find, details } = await open({ adminKey, keys: { ...ring, table: plainTable } }, log)
    await start()
    expect(details()).toMatchObject({ word: 'waiting', failure: { code: 'TABLE_MISMATCH' } })
    expect(find('sk-legacy').outcome).toBe('unavailable')
    expect(log.lines).toMatchObject([
      {
        level: 'error',
        fields: {
          reason: expect.stringMatching(/api_tokens has no column token .*the nearest is tokn\. .*CREATE VIEW/),
        },
      },
    ])
    await runAll(opened.database, 'ALTER TABLE api_tokens RENAME COLUMN tokn TO token')
    await vi.waitFor(() => expect(find('sk-legacy').outcome).toBe('accepted'), { timeout: 5000 })
  })

  test('keep working when a column goes, and the alarm names it', async () => {
    await runAll(opened.database, 'CREATE TABLE api_tokens (token TEXT)', `INSERT INTO api_tokens VALUES ('sk-legacy')`)
    const log = createMemoryLog()
    const { start, find, details } = await open({ keys: { ...ring, table: plainTable } }, log)
    await start()
    await runAll(opened.database, 'ALTER TABLE api_tokens RENAME COLUMN token TO secret')
    await vi.waitFor(() => expect(details().word).toBe('stale'))
    expect(find('sk-legacy').outcome).toBe('accepted')
    expect(find('token').outcome).toBe('unavailable')
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { code: 'TABLE_MISMATCH', reason: expect.stringContaining('no column token') } },
    ])
  })

  test('are not started with a data folder that cannot be had', async () => {
    const taken = opened.settings.kind === 'sqlite' ? opened.settings.path : ''
    await expect(open({ dataDir: taken })).rejects.toThrow(/EEXIST|ENOTDIR/)
  })
})
