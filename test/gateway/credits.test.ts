import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/mysql-url.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { askApi, ownerKey } from './admin-rig.ts'
import { ask, says } from './ask.ts'
import { until } from './until.ts'

let mysql: TestDatabase
beforeAll(async () => {
  mysql = await freshDatabase(inject('mysqlUrl'))
})
afterAll(() => mysql.drop())

const settingsOf = (database: string) => `adminKey: ${ownerKey}
keys: { syncEvery: 100ms }
prices: { message: 0.03 }
${database}
services: [{ upstreams: ['$VLLM'], places: 100, queue: 0 }]
`

describe.each([
  ['SQLite', () => ''],
  ['MySQL', () => `databaseUrl: ${mysql.url}`],
])('with keys and ledger in %s', (_, database) => {
  let gateway: TestGateway
  let key: string
  beforeAll(async () => {
    gateway = await startTestGateway({ settings: settingsOf(database()) })
    const { body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'paid', credits: '3.00' })
    key = body.key
    // Until the ledger has told what was spent before, nothing is given out.
    await until(async () => (await askApi(gateway, ['GET', '/v1/credits'], undefined, key)).body.remaining === '3')
  })
  afterAll(() => gateway.stop())

  const chat = () => ask(gateway, says('[[say Hi]]'), { headers: { authorization: `Bearer ${key}` } })

  test('credits for 100 messages let exactly 100 of 1,000 simultaneous ones in, and are then spent', async () => {
    const answers = await Promise.all(Array.from({ length: 1000 }, chat))
    const counts = Object.groupBy(answers, ({ status }) => status)
    expect(Object.entries(counts).map(([status, some]) => [status, some?.length])).toEqual([
      ['200', 100],
      ['429', 900],
    ])
    const last = await chat()
    expect(last.status).toBe(429)
    expect(last.headers.get('x-should-retry')).toBe('false')
    expect(await last.json()).toMatchObject({ error: { code: 'insufficient_quota' } })
    const { body } = await askApi(gateway, ['GET', '/v1/credits'], undefined, key)
    expect(body).toEqual({ currency: 'EUR', granted: '3', spent: '3', remaining: '0' })
  }, 60_000)

  test('the ledger has the 100, and nothing of the others', async () => {
    const spent = async () => {
      const { body } = await askApi(gateway, ['GET', '/v1/usage/summary?by=key'], undefined, key)
      return body.data
    }
    await expect.poll(spent, { timeout: 5000 }).toMatchObject([{ requests: 100, charge: '3' }])
  })
})

test('a prompt that is estimated to fill the window, and does not, has as much set aside as it may take', async () => {
  const gateway = await startTestGateway({
    simulator: { maxModelLen: 2048 },
    settings: `adminKey: ${ownerKey}
keys: { syncEvery: 100ms }
prices: { completionTokens: 1000000 }
services: [{ upstreams: ['$VLLM'], defaults: { max_tokens: 1024 } }]
`,
  })
  onTestFinished(() => gateway.stop())
  const { body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'paid', credits: '500' })
  await until(async () => (await askApi(gateway, ['GET', '/v1/credits'], undefined, body.key)).body.remaining === '500')
  const asked = (prompt: string, more = {}) =>
    ask(gateway, says(prompt, more), { headers: { authorization: `Bearer ${body.key}` } })
  // A token each, of about half as many again by the estimate.
  const long = 'word '.repeat(1300)
  const refused = await asked(long)
  expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: 'insufficient_quota' } }])
  expect((await asked(long, { max_tokens: 20 })).status).toBe(200)
})
