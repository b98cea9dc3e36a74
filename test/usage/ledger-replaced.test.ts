import { readdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { until } from '../gateway/until.ts'
import { startLedger } from './ledger-rig.ts'

test('a spool that breaks while it is used is replaced, and what ends then is shipped from the new one', async () => {
  const { folder, spoolPath, end, ended, shipped } = startLedger()
  for (let time = 0; time < 5; time++) await end()
  await until(async () => (await shipped()).length === 5)
  for (const part of ['', '-wal', '-shm']) writeFileSync(spoolPath + part, 'x'.repeat(65_536))
  for (let time = 0; time < 3; time++) await end()
  await until(() => readdirSync(folder).some((name) => name.includes('.damaged-')))
  for (let time = 0; time < 3; time++) await end()
  await until(async () => (await shipped()).length === ended())
  expect(new Set(await shipped()).size).toBe(ended())
}, 30_000)
