import { readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { until } from '../gateway/until.ts'
import { startLedger } from './ledger-rig.ts'

const megabyte = 2 ** 20

test('the spool stays small under a load that never pauses, and loses nothing where its log begins anew', async () => {
  const { spoolPath, end, ended, requests } = startLedger()
  const log = `${spoolPath}-wal`
  await end()
  // How often the log has begun anew.
  const begun = () => readFileSync(log).readUInt32BE(12)
  const atFirst = begun()
  const patience = performance.now() + 30_000
  while (begun() < atFirst + 3 && performance.now() < patience) {
    for (let time = 0; time < 10; time++) await end()
    await new Promise((resolve) => setTimeout(resolve, 3))
    expect(statSync(log).size).toBeLessThan(100 * megabyte)
  }
  expect(begun()).toBeGreaterThanOrEqual(atFirst + 3)
  // Without that it would have grown by all of it.
  expect(statSync(log).size).toBeLessThan(ended() * 3 * 4096)
  await until(async () => (await requests()) === ended())
}, 60_000)
