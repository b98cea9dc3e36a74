import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { createLedger } from '../../src/usage/ledger.ts'
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

/** A ledger on SQLite with its thread, which ends with the test. */
export function startLedger() {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const spoolPath = join(folder, 'ledger-spool.db')
  const databaseSettings = { kind: 'sqlite', path: join(folder, 'gateway.db') } as const
  const database = openDatabase(databaseSettings)
  const note = () => undefined
  const ledger = createLedger({
    ...{ spoolPath, database, databaseSettings, card: cardOf({}), durability: 'normal', whenFull: 'serve' },
    ...{ retentionMs: 86_400_000, log: { info: note, warn: note, error: note }, now: () => performance.now() },
  })
  ledger.start()
  onTestFinished(async () => {
    await ledger.close()
    await database.close()
    rmSync(folder, { recursive: true })
  })
  let ended = 0
  return {
    folder,
    spoolPath,
    ended: () => ended,
    /** A request that ends. */
    async end() {
      const entry = ledger.open({ ...opening, id: `req_${String(ended++).padStart(6, '0')}` })
      entry.noteAdmitted()
      entry.settle('completed')
      await entry.record(200)
    },
    /** The ids of the newest that are in the database. */
    async shipped(limit = 100) {
      const span = { sinceMs: 0, untilMs: Date.now() + 86_400_000 }
      return (await ledger.entries({ ...span, keyId: undefined, before: undefined, limit })).map(({ id }) => id)
    },
    async requests() {
      const span = { sinceMs: 0, untilMs: Date.now() + 86_400_000 }
      const asked = { ...span, keyId: undefined, service: undefined, by: 'key', limit: 10 } as const
      const { rows } = await ledger.summary(asked)
      return rows.reduce((sum, { sums }) => sum + Number(sums.requests), 0)
    },
  }
}
