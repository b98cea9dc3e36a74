import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { readEntries } from '../../src/usage/usage-queries.ts'
import { startLedger } from './ledger-rig.ts'

const everything = { keyId: undefined, sinceMs: 0, untilMs: Date.now() + 86_400_000, before: undefined, limit: 1000 }

test('what no spool would take is in the database once the ledger has stopped', async () => {
  const { end, stop, database, told } = startLedger({ isBlocked: true })
  for (let time = 0; time < 450; time++) await end()
  await stop()
  const ids = (await readEntries(database, everything)).map(({ id }) => id)
  expect(new Set(ids).size).toBe(450)
  expect(told.at(-1)).toEqual({ level: 'info', added: 450 })
})

test('where the database takes nothing either, it is told how much is lost', async () => {
  const { folder, end, stop, told } = startLedger({ isBlocked: true })
  const other = new DatabaseSync(join(folder, 'gateway.db'))
  onTestFinished(() => other.close())
  other.exec('BEGIN EXCLUSIVE')
  for (let time = 0; time < 3; time++) await end()
  await stop()
  expect(told.at(-1)).toEqual({ level: 'error', lost: 3, reason: 'SQLITE_BUSY' })
}, 30_000)
