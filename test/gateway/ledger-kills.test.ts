import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/cli-process.ts'
import { compareBooks, type KillReport, runKillLoop } from '../support/kill-loop.ts'
import { mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'

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
  expect(report.spool).toEqual({ waiting: 0, elsewhere: 0, refused: 0, running: 0 })
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

test.skipIf(!mysqlServerIsInstalled())(
  'a gateway that is killed under load loses no entry and has none twice, with a MySQL that is killed and paused',
  async () => {
    const folder = folderOf('mysql')
    const mysql = await startMysqlServer()
    const { url, settings } = await mysql.createDatabase()
    const pause = async () => {
      mysql.pause()
      await wait(Math.random() * lifeMaxMs)
      mysql.resume()
    }
    const ailments = [pause, mysql.restart, async () => undefined]
    const disturb = async () => {
      await wait(Math.random() * 2000)
      await ailments[Math.floor(Math.random() * ailments.length)]?.()
    }
    const report = await runKillLoop({ folder, kills, lifeMaxMs, databaseUrl: url, database: settings, disturb })
    await mysql.stop()
    expectSoundBooks(report)
  },
  timeoutMs,
)
