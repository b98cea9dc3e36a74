import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askApi, ownerKey } from './admin-rig.ts'
import { encodeTone, formOf, type SpeechGateway, startSpeechGateway, toneWav } from './speech-rig.ts'
import { until } from './until.ts'

const path = '/v1/audio/transcriptions'
let answers: 'well' | 'with 500' | 'never'
let gateway: SpeechGateway

beforeAll(async () => {
  gateway = await startSpeechGateway({
    settings: `adminKey: ${ownerKey}
keys: { syncEvery: 100ms }
prices: { currency: EUR, version: v1, message: 0, audioMinute: 0.6 }
`,
    script: {
      answer(_ask, response) {
        if (answers === 'with 500') response.writeHead(500).end()
        if (answers === 'well') response.end('{"text":" hi\\n","duration":2}')
      },
    },
  })
})
afterAll(() => gateway.stop())

interface Entry {
  readonly [name: string]: unknown
  readonly id: string
}

async function entryOf(id: string | null): Promise<Entry> {
  await until(async () => (await find(id)) !== undefined)
  const found = await find(id)
  if (found === undefined) throw new Error('There is no such entry.')
  return found
}

async function find(id: string | null): Promise<Entry | undefined> {
  const { body } = await askApi(gateway, ['GET', '/v1/usage'], undefined, gateway.key)
  return body.data.find((entry: Entry) => entry.id === id)
}

function idOf({ headers }: Response): string | null {
  return headers.get('x-request-id')
}

async function makeKey(draft: object): Promise<string> {
  const { body } = await askApi(gateway, ['POST', '/admin/v1/keys'], { name: 'other', services: 'all', ...draft })
  const { key } = body
  await until(async () => (await askApi(gateway, ['GET', '/v1/credits'], undefined, key)).status === 200)
  return key
}

const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

describe('the ledger', () => {
  test('has the seconds of audio, charged by the minute', async () => {
    answers = 'well'
    const response = await gateway.post(path, formOf(toneWav(30)))
    expect(await entryOf(idOf(response))).toMatchObject({
      service: 'whisper',
      dialect: 'openai-audio',
      route: path,
      outcome: 'completed',
      status: 200,
      audio_seconds: 30,
      charge: '0.3',
      prompt_tokens: 0,
      completion_tokens: 0,
      estimated: false,
      queue_ms: expect.any(Number),
      total_ms: expect.any(Number),
    })
  })

  test('has those of audio that only decoding tells the length of', async () => {
    const webm = await encodeTone(3, '-c:a', 'libopus', '-f', 'webm', '-live', '1')
    const { audio_seconds: seconds } = await entryOf(idOf(await gateway.post(path, formOf(webm))))
    expect(seconds).toBeCloseTo(3, 1)
  })

  test.each([
    ['/inference', 'whisper-inference'],
    ['/v1/audio/translations', 'openai-audio'],
  ])('has requests to %s as %s', async (route, dialect) => {
    expect(await entryOf(idOf(await gateway.post(route, formOf(toneWav(1)))))).toMatchObject({ route, dialect })
  })

  test('charges nothing for what failed, and has nothing of what did not reach the model', async () => {
    answers = 'with 500'
    const failed = await gateway.post(path, formOf(toneWav(60)))
    expect(await entryOf(idOf(failed))).toMatchObject({ outcome: 'failed', status: 502, charge: '0' })
    const refused = await gateway.post(path, formOf(Buffer.from('text')))
    answers = 'well'
    await entryOf(idOf(await gateway.post(path, formOf(toneWav(1)))))
    expect(await find(idOf(refused))).toBeUndefined()
  })

  test('has those whose client left while the model worked', async () => {
    answers = 'never'
    const { length } = gateway.server.asks
    const leave = new AbortController()
    const sent = gateway.post(path, formOf(toneWav(6)), { ...withKey(gateway.key), signal: leave.signal })
    await until(() => gateway.server.asks.length > length)
    leave.abort()
    await expect(sent).rejects.toThrow()
    const entry = async () => (await askApi(gateway, ['GET', '/v1/usage'], undefined, gateway.key)).body.data[0]
    await until(async () => (await entry()).outcome === 'abandoned')
    expect(await entry()).toMatchObject({ audio_seconds: 6 })
    answers = 'well'
  })
})

describe('a key', () => {
  test('whose credits do not suffice for the length of the audio is refused', async () => {
    answers = 'well'
    const key = await makeKey({ credits: '0.10' })
    expect((await gateway.post(path, formOf(toneWav(8)), withKey(key))).status).toBe(200)
    const refused = await gateway.post(path, formOf(toneWav(8)), withKey(key))
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false'])
    expect((await gateway.post(path, formOf(toneWav(1)), withKey(key))).status).toBe(200)
  })

  test('is told its limits in the headers, and is held to them', async () => {
    const key = await makeKey({ limits: { requests_per_minute: 2 } })
    const first = await gateway.post(path, formOf(toneWav(1)), withKey(key))
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    const streamed = await gateway.post(path, formOf(toneWav(1), { stream: 'true' }), withKey(key))
    expect(streamed.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    await streamed.text()
    const refused = await gateway.post(path, formOf(toneWav(1)), withKey(key))
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('that may not speak the dialect is refused', async () => {
    const key = await makeKey({ dialects: ['openai-audio'] })
    expect((await gateway.post(path, formOf(toneWav(1)), withKey(key))).status).toBe(200)
    expect((await gateway.post('/inference', formOf(toneWav(1)), withKey(key))).status).toBe(403)
  })
})

test('the log has a line of each request, with its service and its dialect', async () => {
  const { length } = gateway.lines
  await gateway.post(path, formOf(toneWav(1), { model: 'whisper-1' }))
  await until(() => gateway.lines.length > length)
  const line = gateway.lines.find(({ route }, index) => index >= length && route === path)
  expect(line).toMatchObject({ service: 'whisper', dialect: 'openai-audio', status: 200, outcome: 'completed' })
})
