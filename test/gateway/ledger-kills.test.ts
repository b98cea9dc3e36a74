import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/cli-process.ts'
import { compareBooks, type KillReport, runKillLoop } from '../support/kill-loop.ts'
import { startMariadb } from '../support/mariadb.ts'

/** Many more by hand: `LEDGER_KILLS=200 vitest run test/gateway/ledger-kills.test.ts`. */
const long = process.env['LEDGER_KILLS']
const kills = Number(long ?? 3)
const lifeMaxMs = 3500
const timeoutMs = 60_000 + kills * 15_000

const temporary = temporaryFolder()
afterAll(() => temporary.remove())

function folderOf(name: string): string {
  const folder = join(temporary.path, name)
  mkdirSync(folder)
  return folder
}

function expectSoundBooks(report: KillReport): void {
  const found = compareBooks(report)
  if (long !== undefined) process.stdout.write(`${kills} kills: ${JSON.stringify(found)}\n`)
  expect(found).toMatchObject({ lost: [], wrong: [], unnoted: [] })
  expect(found.answered).toBeGreaterThan(kills * 5)
  expect(found.onRecord).toBeLessThanOrEqual(found.asked)
  expect(report.problems).toEqual([])
  expect(report.spool).toEqual({ waiting: 0, refused: 0, running: 0 })
}

test.runIf(long)(
  'a gateway that is killed under load, at any moment, loses no entry and has none twice, with SQLite',
  async () => {
    const folder = folderOf('sqlite')
    const path = join(folder, 'gateway.db')
    const database = { kind: 'sqlite', path } as const
    expectSoundBooks(await runKillLoop({ folder, kills, lifeMaxMs, databaseUrl: `sqlite:${path}`, database }))
  },
  timeoutMs,
)

test(
  'a gateway that is killed under load loses no entry and has none twice, with a MariaDB that is killed and paused',
  async () => {
    const folder = folderOf('mariadb')
    const mariadb = await startMariadb()
    const { url, settings } = await mariadb.createDatabase()
    const pause = async () => {
      mariadb.pause()
      await wait(Math.random() * lifeMaxMs)
      mariadb.resume()
    }
    const ailments = [pause, mariadb.restart, async () => undefined]
    const disturb = async () => {
      await wait(Math.random() * 2000)
      await ailments[Math.floor(Math.random() * ailments.length)]?.()
    }
    const report = await runKillLoop({ folder, kills, lifeMaxMs, databaseUrl: url, database: settings, disturb })
    await mariadb.stop()
    expectSoundBooks(report)
  },
  timeoutMs,
)
