import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import type { DatabaseSettings } from '../../src/database/database-settings.ts'
import { createGatewayKeyStore } from '../../src/keys/gateway-key-store.ts'
import { createKey } from '../../src/keys/key-format.ts'
import { type Keys, openKeys } from '../../src/keys/keys.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'
import type { TestDatabase } from '../support/mysql-url.ts'
import { adminKey, createMemoryLog } from './ring-rig.ts'

/** What the issue promises: a revocation, a new key and a database that is back are noticed within 5 s. */
const promised = { timeout: 5000, interval: 20 }

interface Rig {
  readonly keys: Keys
  readonly database: Database
  readonly log: ReturnType<typeof createMemoryLog>
  stop(): Promise<void>
}

const rigs: Rig[] = []

async function startKeys(settings: DatabaseSettings, dataDir: string): Promise<Rig> {
  const log = createMemoryLog()
  const database = openDatabase(settings)
  const keySettings = { syncEveryMs: 2000, staleMaxMs: 3_600_000, table: null }
  const keys = await openKeys({ database, settings: { adminKey, dataDir, keys: keySettings }, log })
  await keys.start()
  const rig = {
    keys,
    database,
    log,
    async stop() {
      await keys.stop()
      await database.close()
    },
  }
  rigs.push(rig)
  return rig
}

/** The server is needed as a program here: a server that was only named cannot be taken away. */
describe.skipIf(!mysqlServerIsInstalled())('a MySQL that goes away (skipped where none is installed)', () => {
  let mysql: MysqlServer
  let fresh: TestDatabase
  let dataDir: string
  beforeAll(async () => {
    mysql = await startMysqlServer()
    fresh = await mysql.createDatabase()
    dataDir = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  })
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.stop()))
  })
  afterAll(async () => {
    await mysql.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const plain = { name: 'Ada', services: ['gemma4'], expiresAtMs: null }
  const create = async ({ database }: Rig) => (await createGatewayKeyStore(database).create(plain)).key
  const accepts = ({ keys }: Rig, key: string) => expect(keys.find(key).outcome).toBe('accepted')
  const leavesOpen = ({ keys }: Rig, key: string) => expect(keys.find(key)).toEqual({ outcome: 'unavailable' })

  test('a revocation and a new key hold within 5 s', async () => {
    const rig = await startKeys(fresh.settings, dataDir)
    const key = await create(rig)
    await vi.waitFor(() => accepts(rig, key), promised)
    await fresh.execute("UPDATE gateway_keys SET revoked_at = 1 WHERE name = 'Ada'")
    await vi.waitFor(() => expect(rig.keys.find(key)).toEqual({ outcome: 'refused', reason: 'revoked' }), promised)
  })

  test.each([
    ['stops answering', () => mysql.pause(), async () => mysql.resume()],
    ['is killed', () => mysql.kill(), () => mysql.restart()],
  ])(
    'when it %s, known keys work, unknown ones are left open, and 5 s after its return all is right',
    async (_, goAway, comeBack) => {
      const rig = await startKeys(fresh.settings, dataDir)
      const [known, revoked] = [await create(rig), await create(rig)]
      await vi.waitFor(() => {
        accepts(rig, known)
        accepts(rig, revoked)
      }, promised)
      await fresh.execute(`UPDATE gateway_keys SET name = 'Bob' WHERE key_hint = '${revoked.slice(-4)}'`)

      await goAway()
      await vi.waitFor(() => leavesOpen(rig, createKey()), promised)
      expect(rig.keys.state).toBe('stale')
      accepts(rig, known)
      accepts(rig, adminKey)

      await comeBack()
      await fresh.execute("UPDATE gateway_keys SET revoked_at = 1 WHERE name = 'Bob'")
      await vi.waitFor(() => {
        expect(rig.keys.state).toBe('fresh')
        expect(rig.keys.find(createKey())).toEqual({ outcome: 'refused', reason: 'unknown' })
        expect(rig.keys.find(revoked)).toEqual({ outcome: 'refused', reason: 'revoked' })
      }, promised)
      accepts(rig, known)
      expect(inspect(rig.log.lines, { depth: 10 })).not.toMatch(/select |gateway_keys`|password/i)
    },
  )

  test('when it is away at the start, keys known from before work, and all of them within 5 s of its return', async () => {
    const before = await startKeys(fresh.settings, dataDir)
    const known = await create(before)
    await vi.waitFor(() => accepts(before, known), promised)
    await before.stop()
    await mysql.kill()
    const rig = await startKeys(fresh.settings, dataDir)
    expect(rig.keys.state).toBe('stale')
    accepts(rig, known)
    leavesOpen(rig, createKey())
    const stranger = await startKeys(fresh.settings, join(dataDir, 'empty'))
    expect(stranger.keys.state).toBe('waiting')
    leavesOpen(stranger, known)

    await mysql.restart()
    await vi.waitFor(() => accepts(stranger, known), promised)
    await vi.waitFor(() => expect(rig.keys.state).toBe('fresh'), promised)
  })
})
