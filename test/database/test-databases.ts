import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import type { DatabaseSettings } from '../../src/database/database-settings.ts'
import { freshDatabase } from '../support/mysql-url.ts'

/** An empty database of its own, open, and where it is. */
export interface OpenTestDatabase {
  readonly database: Database
  readonly settings: DatabaseSettings
  /** Closes and removes it. */
  remove(): Promise<void>
}

export const databaseKinds = ['sqlite', 'mysql'] as const

export function openTestDatabase(kind: (typeof databaseKinds)[number]): Promise<OpenTestDatabase> {
  return kind === 'sqlite' ? openTestFile() : openTestServer()
}

/** What is tested here is not how fast a machine is that does other things too. */
const patient = { acquireMs: 20_000, queryMs: 20_000 }

async function openTestFile(): Promise<OpenTestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  const settings = { kind: 'sqlite', path: join(folder, 'data', 'gateway.db') } as const
  const database = openDatabase(settings, patient)
  return {
    database,
    settings,
    async remove() {
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openTestServer(): Promise<OpenTestDatabase> {
  const { settings, drop } = await freshDatabase(inject('mysqlUrl'))
  const database = openDatabase(settings, patient)
  return {
    database,
    settings,
    async remove() {
      await database.close()
      await drop()
    },
  }
}
