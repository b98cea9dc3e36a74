import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { createLedger } from '../../src/usage/ledger.ts'
import { cardOf, opening } from '../support/test-entry.ts'

/** A ledger on SQLite with its thread, which ends with the test. `isBlocked`: a folder stands where the spool should be. */
export function startLedger({ isBlocked = false, walPagesMax = 2048, spoolFolder = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const spoolPath = join(spoolFolder === '' ? folder : spoolFolder, 'ledger-spool.db')
  if (isBlocked) mkdirSync(spoolPath)
  const databaseSettings = { kind: 'sqlite', path: join(folder, 'gateway.db') } as const
  const database = openDatabase(databaseSettings)
  const told: object[] = []
  const note = (level: string) => (fields: object) => void told.push({ level, ...fields })
  const ledger = createLedger({
    ...{ spoolPath, database, databaseSettings, card: cardOf({}), durability: 'normal', whenFull: 'serve' },
    ...{
      retentionMs: 86_400_000,
      log: { info: note('info'), warn: note('warn'), error: note('error') },
      now: () => performance.now(),
    },
    walPagesMax,
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
  const span = { sinceMs: 0, untilMs: Date.now() + 86_400_000 }
  let ended = 0
  return {
    folder,
    spoolPath,
    state: ledger.state,
    database,
    told,
    stop,
    ended: () => ended,
    /** A request that ends. */
    async end() {
      const entry = ledger.open({ ...opening, startedAtMs: Date.now(), id: `req_${String(ended++).padStart(6, '0')}` })
      entry.noteAdmitted()
      entry.settle('completed')
      await entry.record(200)
    },
    /** The ids of the newest that are in the database. */
    async shipped() {
      const asked = { ...span, keyId: undefined, before: undefined, limit: 100 }
      return (await ledger.entries(asked)).map(({ id }) => id)
    },
    async requests() {
      const asked = { ...span, keyId: undefined, service: undefined, by: 'key', limit: 10 } as const
      const { rows } = await ledger.summary(asked)
      return rows.reduce((sum, { sums }) => sum + Number(sums.requests), 0)
    },
  }
}
