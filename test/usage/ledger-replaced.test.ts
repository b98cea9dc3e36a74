import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { createLedger } from '../../src/usage/ledger.ts'
import { until } from '../gateway/until.ts'
import { cardOf } from '../support/test-entry.ts'

const opening = {
  keyId: 'key_1',
  keyName: 'one',
  endUser: null,
  service: 'gemma4',
  dialect: 'openai-chat',
  route: '/v1/chat/completions',
  streamed: false,
  startedAtMs: Date.now(),
  images: 0,
  audioSeconds: 0,
}

test('a spool that breaks while it is used is replaced, and what ends then is shipped from the new one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const spoolPath = join(folder, 'ledger-spool.db')
  const databaseSettings = { kind: 'sqlite', path: join(folder, 'gateway.db') } as const
  const database = openDatabase(databaseSettings)
  const note = () => undefined
  const ledger = createLedger({
    ...{ spoolPath, database, databaseSettings, card: cardOf({}), durability: 'normal', whenFull: 'serve' },
    ...{ retentionMs: 86_400_000, log: { info: note, warn: note, error: note }, now: () => performance.now() },
  })
  let ended = 0
  const end = async () => {
    const entry = ledger.open({ ...opening, id: `req_${String(ended++).padStart(4, '0')}` })
    entry.noteAdmitted()
    entry.settle('completed')
    await entry.record(200)
  }
  const span = { sinceMs: 0, untilMs: Date.now() + 86_400_000 }
  const shipped = async () => {
    const asked = { ...span, keyId: undefined, before: undefined, limit: 100 }
    return (await ledger.entries(asked)).map(({ id }) => id).toSorted()
  }
  try {
    ledger.start()
    for (let time = 0; time < 5; time++) await end()
    await until(async () => (await shipped()).length === 5)
    for (const part of ['', '-wal', '-shm']) writeFileSync(spoolPath + part, 'x'.repeat(65_536))
    for (let time = 0; time < 3; time++) await end()
    await until(() => readdirSync(folder).some((name) => name.includes('.damaged-')))
    for (let time = 0; time < 3; time++) await end()
    await until(async () => (await shipped()).length === ended)
    expect(new Set(await shipped()).size).toBe(ended)
  } finally {
    await ledger.close()
    await database.close()
    rmSync(folder, { recursive: true })
  }
}, 30_000)
