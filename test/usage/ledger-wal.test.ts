import { afterAll, expect, test } from 'vitest'
import { until } from '../gateway/until.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { startLedger } from './ledger-rig.ts'
import { walSaltOf } from './wal-salt.ts'

test('the log of the spool begins anew again and again under a load that never pauses, and nothing is lost by it', async () => {
  const { spoolPath, end, ended, requests } = startLedger({ walPagesMax: 50 })
  await end()
  const atFirst = walSaltOf(spoolPath)
  await expect
    .poll(
      async () => {
        for (let time = 0; time < 20; time++) await end()
        return (walSaltOf(spoolPath) - atFirst) >>> 0
      },
      { interval: 5, timeout: 20_000 },
    )
    .toBeGreaterThanOrEqual(3)
  await until(async () => (await requests()) === ended())
}, 30_000)

const disk = mountSmallDisk(16_384)
afterAll(() => disk?.remove())

test.runIf(disk !== undefined)(
  'a small disk is not filled by the log',
  async () => {
    const { spoolPath, end, ended, requests, state, told } = startLedger({
      spoolFolder: disk?.path ?? '',
      walPagesMax: 1_000_000,
    })
    await end()
    const atFirst = walSaltOf(spoolPath)
    const timesBegun = async () => {
      for (let time = 0; time < 5; time++) await end()
      return (walSaltOf(spoolPath) - atFirst) >>> 0
    }
    await expect.poll(timesBegun, { interval: 15, timeout: 30_000 }).toBeGreaterThanOrEqual(3)
    await expect.poll(requests, { timeout: 10_000 }).toBe(ended())
    expect(state()).toEqual({ word: 'ok' })
    expect(told.filter((fields) => 'level' in fields && fields.level === 'error')).toEqual([])
  },
  60_000,
)
