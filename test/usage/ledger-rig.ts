import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { createLedger } from '../../src/usage/ledger.ts'
import { cardOf, opening } from '../support/test-entry.ts'

export interface LedgerRigOptions {
  /** A folder stands where the spool should be. */
  readonly isBlocked?: boolean
  readonly walPagesMax?: number
  /** Of its own where there is none. */
  readonly spoolFolder?: string
  /** Of its own where there is none. */
  readonly databasePath?: string
  /** False: without its thread, as if the database were away. */
  readonly isShipping?: boolean
  /** What the ids of its requests begin with. */
  readonly name?: string
}

/** A ledger on SQLite, which ends with the test. */
export function startLedger(options: LedgerRigOptions = {}) {
  const { isBlocked = false, walPagesMax = 2048, spoolFolder = '', isShipping = true, name = 'req' } = options
  const folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-test-'))
  const spoolPath = join(spoolFolder === '' ? folder : spoolFolder, 'ledger-spool.db')
  if (isBlocked) mkdirSync(spoolPath)
  const databaseSettings = { kind: 'sqlite', path: options.databasePath ?? join(folder, 'gateway.db') } as const
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
  if (isShipping) ledger.start()
  let isStopped = false
  async function stop(): Promise<void> {
    if (!isStopped) await ledger.close()
    isStopped = true
  }
  let isClosed = false
  /** With its database. */
  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    await stop()
    await database.close()
  }
  onTestFinished(async () => {
    await close()
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
    close,
    ended: () => ended,
    /** A request that ends. */
    async end() {
      const entry = ledger.open({
        ...opening,
        startedAtMs: Date.now(),
        id: `${name}_${String(ended++).padStart(6, '0')}`,
      })
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
