import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { verifyLedger } from '../../src/usage/verify-ledger.ts'
import { type MysqlServer, startMysqlServer } from '../support/mysql-server.ts'
import { readMysqlUrl } from '../support/mysql-url.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, says, streams } from './ask.ts'
import { until } from './until.ts'

/** Longer by hand: `LEDGER_OUTAGE_SECONDS=600 vitest run test/gateway/ledger-long-outage.test.ts`. */
const outageSeconds = Number(process.env['LEDGER_OUTAGE_SECONDS'] ?? 6)
const besideSeconds = Math.min(60, outageSeconds)
const perSecond = 25

let mysql: MysqlServer
let gateway: TestGateway
beforeAll(async () => {
  mysql = await startMysqlServer()
  gateway = await startTestGateway({ settings: `databaseUrl: ${mysql.url()}` })
})
afterAll(async () => {
  mysql.resume()
  await gateway.stop()
  await mysql.stop()
})

interface Load {
  readonly asked: number
  readonly failed: readonly string[]
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Requests at an even pace, whether or not those before them are answered. */
async function load(seconds: number): Promise<Load> {
  const asked: Promise<{ status: number; ms: number }>[] = []
  for (const beganAt = performance.now(); performance.now() - beganAt < seconds * 1000; ) {
    asked.push(askTimed(asked.length))
    await wait(Math.max(0, beganAt + (asked.length * 1000) / perSecond - performance.now()))
  }
  const answers = await Promise.all(asked)
  const times = answers.map(({ ms }) => ms).toSorted((left, right) => left - right)
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0
  const failed = answers.filter(({ status }) => status !== 200).map(({ status }) => String(status))
  return { asked: answers.length, failed, p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function askTimed(index: number): Promise<{ status: number; ms: number }> {
  const askedAt = performance.now()
  const response = await ask(gateway, index % 2 === 0 ? says('[[say Hi]]') : streams('[[words 20]]'))
  await response.text()
  return { status: response.status, ms: performance.now() - askedAt }
}

async function recorded(): Promise<number> {
  const headers = { authorization: `Bearer ${gateway.key}` }
  const response = await fetch(`${gateway.url}/v1/usage/summary?by=key`, { headers })
  if (response.status !== 200) return -1
  // It is our own gateway that wrote it.
  const { data } = (await response.json()) as { data: readonly { requests: number }[] }
  return data.reduce((sum, { requests }) => sum + requests, 0)
}

test(
  `while MySQL hangs for ${outageSeconds} s under load no request fails or waits for it, and all of them are on record afterwards`,
  async () => {
    await load(Math.min(3, besideSeconds))
    const before = await load(besideSeconds)
    mysql.pause()
    const during = await load(outageSeconds)
    mysql.resume()
    const resumedAt = performance.now()
    const asked = before.asked + during.asked
    await until(async () => (await recorded()) >= asked)
    const drainedMs = performance.now() - resumedAt
    const after = await load(Math.min(3, besideSeconds))
    if (process.env['LEDGER_OUTAGE_SECONDS'] !== undefined) {
      process.stdout.write(`${JSON.stringify({ before, during, after, drainedMs: Math.round(drainedMs) })}\n`)
    }
    expect([...before.failed, ...during.failed, ...after.failed]).toEqual([])
    // A wait for the database would be seconds; what is less is this machine's noise.
    expect(during.p99Ms).toBeLessThan(before.p99Ms * 3 + 100)
    const database = openDatabase(readMysqlUrl(mysql.url()))
    expect((await verifyLedger(database, 0, Date.now() + 86_400_000)).problems).toEqual([])
    await database.close()
  },
  (outageSeconds + besideSeconds) * 1000 + 60_000,
)
