import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { openKeys } from '../../src/keys/keys.ts'
import { createMemoryLog } from './ring-rig.ts'

test('whoever starts with another database in the same data folder leaves what was kept of the first one’s keys', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  const settings = {
    adminKey: 'an-administrator-key',
    dataDir,
    keys: { table: null, syncEveryMs: 1000, staleMaxMs: 60_000 },
  }
  const kept = () => readdirSync(dataDir).filter((name) => name.startsWith('keys-snapshot'))
  for (const [at, name] of ['one.db', 'other.db', 'one.db'].entries()) {
    const database = openDatabase({ kind: 'sqlite', path: join(dataDir, name) })
    await database.migrate()
    const keys = await openKeys({ database, settings, log: createMemoryLog() })
    await keys.start()
    await expect.poll(kept).toHaveLength(Math.min(at + 1, 2))
    await keys.stop()
    await database.close()
  }
})
