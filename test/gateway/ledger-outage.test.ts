import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/database.ts'
import { verifyLedger } from '../../src/usage/verify-ledger.ts'
import { type MysqlServer, mysqlServerIsInstalled, startMysqlServer } from '../support/mysql-server.ts'
import { readMysqlUrl } from '../support/mysql-url.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf, says, streams } from './ask.ts'
import { until } from './until.ts'

interface Page {
  readonly data: readonly { readonly id: string }[]
  readonly next_cursor: string | null
}

async function idsOnRecord({ url, key }: TestGateway): Promise<Set<string>> {
  const ids = new Set<string>()
  let cursor = ''
  do {
    const response = await fetch(`${url}/v1/usage?limit=1000${cursor}`, { headers: { authorization: `Bearer ${key}` } })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    // It is our own gateway that wrote it.
    const { data, next_cursor: next } = (await response.json()) as Page
    for (const { id } of data) ids.add(id)
    cursor = next === null ? '' : `&cursor=${next}`
  } while (cursor !== '')
  return ids
}

async function ledgerWord({ url }: TestGateway): Promise<string> {
  const health = (await (await fetch(`${url}/health`)).json()) as { ledger: string }
  return health.ledger
}

/** Asks so many times, several at once, and gives the ids of the answers; every one must be 200. */
async function askMany(gateway: TestGateway, count: number): Promise<string[]> {
  const ids: string[] = []
  const askSome = async () => {
    while (ids.length < count) {
      const response = await ask(gateway, ids.length % 2 === 0 ? says('[[say Hi]]') : streams('[[say Hi]]'))
      await response.text()
      expect(response.status).toBe(200)
      ids.push(String(response.headers.get('x-request-id')))
    }
  }
  await Promise.all(Array.from({ length: 8 }, askSome))
  return ids
}

function expectAll(found: ReadonlySet<string>, wanted: readonly string[]): void {
  expect(wanted.filter((id) => !found.has(id))).toEqual([])
}

describe.skipIf(!mysqlServerIsInstalled())('while MySQL is away (skipped where none is installed)', () => {
  let mysql: MysqlServer
  let gateway: TestGateway
  beforeAll(async () => {
    mysql = await startMysqlServer()
    gateway = await startTestGateway({ settings: `databaseUrl: ${mysql.url()}` })
    const [first = ''] = await askMany(gateway, 1)
    await until(async () => (await idsOnRecord(gateway)).has(first))
  })
  afterAll(async () => {
    mysql.resume()
    await gateway.stop()
    await mysql.stop()
  })

  test.each([
    ['paused', () => mysql.pause(), async () => mysql.resume()],
    ['killed', () => mysql.kill(), () => mysql.restart()],
  ])(
    '%s, nobody who has a key notices, and afterwards everything is on record',
    async (_, take, giveBack) => {
      await take()
      const during = await askMany(gateway, 200)
      await until(async () => (await ledgerWord(gateway)) === 'behind')
      const response = await fetch(`${gateway.url}/v1/usage`, { headers: { authorization: `Bearer ${gateway.key}` } })
      expect([response.status, Number(response.headers.get('retry-after'))]).toEqual([503, 5])
      expect((await errorOf(response)).message).toContain('The ledger cannot be read right now')
      during.push(...(await askMany(gateway, 50)))
      await giveBack()
      const isDrained = async () => {
        const found = await idsOnRecord(gateway).catch(() => new Set<string>())
        return during.every((id) => found.has(id))
      }
      const giveUpAt = performance.now() + 15_000
      while (performance.now() < giveUpAt && !(await isDrained()));
      expectAll(await idsOnRecord(gateway), during)
      await until(async () => (await ledgerWord(gateway)) === 'ok')
    },
    40_000,
  )

  test('nothing was added twice', async () => {
    const database = openDatabase(readMysqlUrl(mysql.url()))
    expect((await verifyLedger(database, 0, Date.now() + 86_400_000)).problems).toEqual([])
    await database.close()
  })
})

const disk = mountSmallDisk(2048)
afterAll(() => disk?.remove())

describe.skipIf(disk === undefined)(
  'while the disk of the spool is full (skipped where nothing can be mounted)',
  () => {
    let gateway: TestGateway
    afterEach(async () => {
      disk?.free()
      await gateway.stop()
    })

    test('requests are served, entries are kept in memory, and all are on record when there is room again', async () => {
      gateway = await startTestGateway({ settings: `ledger: { spool: ${disk?.path}/serve.db }` })
      const before = await askMany(gateway, 20)
      disk?.fill()
      const during = await askMany(gateway, 300)
      expect(await ledgerWord(gateway)).toBe('in-memory')
      disk?.free()
      await until(async () => (await ledgerWord(gateway)) === 'ok')
      const after = await askMany(gateway, 20)
      expectAll(await idsOnRecord(gateway), [...before, ...during, ...after])
    })

    test('requests are refused where the owner wants that, until there is room again', async () => {
      gateway = await startTestGateway({ settings: `ledger: { spool: ${disk?.path}/refuse.db, whenFull: refuse }` })
      await askMany(gateway, 5)
      disk?.fill()
      const isRefused = async () => {
        const response = await ask(gateway, says('[[say Hi]]'))
        await response.text()
        return response.status === 503
      }
      await until(isRefused)
      expect((await ask(gateway, streams('[[say Hi]]'))).headers.get('retry-after')).toBe('5')
      disk?.free()
      await until(async () => !(await isRefused()))
    })

    test('it is found full at the start, and the gateway starts all the same', async () => {
      disk?.fill()
      gateway = await startTestGateway({ settings: `ledger: { spool: ${disk?.path}/start.db }` })
      const during = await askMany(gateway, 20)
      expect(await ledgerWord(gateway)).toBe('in-memory')
      disk?.free()
      await until(async () => (await ledgerWord(gateway)) === 'ok')
      await until(async () => {
        const found = await idsOnRecord(gateway)
        return during.every((id) => found.has(id))
      })
    })
  },
)
