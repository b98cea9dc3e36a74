import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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

/** A ledger on SQLite with its thread, which ends with the test. `isBlocked`: a folder stands where the spool should be. */
export function startLedger({ isBlocked = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const spoolPath = join(folder, 'ledger-spool.db')
  if (isBlocked) mkdirSync(spoolPath)
  const databaseSettings = { kind: 'sqlite', path: join(folder, 'gateway.db') } as const
  const database = openDatabase(databaseSettings)
  const told: { readonly lost?: number; readonly added?: number }[] = []
  const note = (fields: object) => void told.push(fields)
  const ledger = createLedger({
    ...{ spoolPath, database, databaseSettings, card: cardOf({}), durability: 'normal', whenFull: 'serve' },
    ...{ retentionMs: 86_400_000, log: { info: note, warn: note, error: note }, now: () => performance.now() },
  })
  ledger.start()
  let isStopped = false
  async function stop(): Promise<void> {
    if (!isStopped) await ledger.close()
    isStopped = true
  }
  onTestFinished(async () => {
    await stop()
    await database.close()
    rmSync(folder, { recursive: true })
  })
  let ended = 0
  return {
    folder,
    spoolPath,
    database,
    told,
    stop,
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
