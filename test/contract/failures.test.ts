import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../gateway/until.ts'
import { upstreamRequests } from '../gateway/upstream-requests.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import { type Failure, failureWords, formatAdvice, overflowWords, wordInStream } from './failure-words.ts'
import type { Speaker } from './speakers/speaker.ts'
import type { Letter, Story, ToldError } from './story.ts'
import { post, tell } from './tell.ts'

const contextWindow = 2048
const story: Story = { says: '[[say Hi]]', maxTokens: 100 }
const both = [false, true] as const

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { maxModelLen: contextWindow },
    settings: `bodyMax: 64KiB
unknownModel: refuse
services:
  - { name: gemma4, upstreams: ['$VLLM'] }
  - { name: silent, upstreams: ['$VLLM'], timeouts: { total: 100ms } }
  - { name: busy, upstreams: ['$VLLM'], places: 1, queue: 0 }
  - { name: down, upstreams: ['http://127.0.0.1:1'] }
`,
  })
})

afterAll(() => gateway.stop())

function send(letter: Letter, headers: Record<string, string>, body: string): Promise<Response> {
  return fetch(gateway.url + letter.path, { method: 'POST', headers: { ...letter.headers, ...headers }, body })
}

/** What is wrong, and nothing else: whoever sends it gets the failure and no model is asked. */
async function expectFailure(speaker: Speaker, failure: Failure, response: Response): Promise<ToldError> {
  const [status, word] = failureWords[failure][speaker.family]
  const text = await response.text()
  expect([response.status, text]).toEqual([status, expect.any(String)])
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(response.headers.get('x-request-id')).toMatch(/^req_\w+$/)
  expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
  if (speaker.family === 'messages') expectRequestId(response, text)
  const told = speaker.readError(text)
  expect(told.word).toBe(word)
  return told
}

/** Anthropic's SDKs read it from the header, and from the body. */
function expectRequestId({ headers }: Response, text: string): void {
  expect(headers.get('request-id')).toBe(headers.get('x-request-id'))
  expect(JSON.parse(text)).toMatchObject({ request_id: headers.get('request-id') })
}

/** SDKs would ask again what can only fail again. */
function expectNoRetry({ family }: Speaker, { headers }: Response): void {
  if (family !== 'gemini') expect(headers.get('x-should-retry')).toBe('false')
}

function expectUnasked(response: Response): void {
  expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toEqual([])
}

describe.for(dialects.map((speaker) => [speaker.name, speaker] as const))('%s is told of', ([, speaker]) => {
  const json = { 'content-type': 'application/json' }
  const letter = speaker.ask(story, false)
  const body = JSON.stringify(letter.body)
  const withKey = () => ({ ...json, ...speaker.present(gateway.key) })

  test('no key', async () => {
    const response = await send(letter, json, body)
    const { message } = await expectFailure(speaker, 'no key', response)
    expect(message).toMatch(/^No key was sent\./)
    expectNoRetry(speaker, response)
  })

  test('a wrong key, which is not repeated', async () => {
    const wrong = 'somebodys-wrong-key'
    const response = await post(gateway, speaker, letter, { key: wrong })
    const { message } = await expectFailure(speaker, 'a wrong key', response)
    expect(message).toBe('The key is wrong, has expired or has been revoked.')
    expectNoRetry(speaker, response)
  })

  test('a key for other services', async () => {
    const response = await post(gateway, speaker, letter, { key: gateway.keyWithoutServices })
    const { message } = await expectFailure(speaker, 'a key for other services', response)
    expect(message).toBe('This key may not use the service `gemma4`.')
    expectNoRetry(speaker, response)
  })

  test('an unknown model, by its name', async () => {
    const response = await post(gateway, speaker, speaker.ask({ ...story, model: 'nobody/knows' }, false))
    const { message } = await expectFailure(speaker, 'an unknown model', response)
    const usual = 'The model `nobody/knows` does not exist or you do not have access to it.'
    expect(message).toBe(speaker.family === 'messages' ? 'model: nobody/knows' : usual)
  })

  test('an unknown route', async () => {
    const response = await post(gateway, speaker, { ...letter, path: speaker.unknownRoute })
    const { message } = await expectFailure(speaker, 'an unknown route', response)
    expect(message).toMatch(/^There is no such /)
  })

  test('another method, and which there are', async () => {
    const response = await fetch(gateway.url + letter.path, {
      method: 'PUT',
      headers: { ...letter.headers, ...withKey() },
    })
    const { message } = await expectFailure(speaker, 'another method', response)
    expect(message).toMatch(/^`PUT` is not a method of this route; /)
    expect(response.headers.get('allow')?.split(', ')).toContain('POST')
  })

  test('a body that is too large', async () => {
    const response = await send(letter, withKey(), JSON.stringify({ ...letter.body, more: 'x'.repeat(70_000) }))
    const { message } = await expectFailure(speaker, 'a body that is too large', response)
    expect(message).toBe('The body is larger than 65536 bytes.')
  })

  test('a body of another type', async () => {
    const response = await send(letter, { ...withKey(), 'content-type': 'text/plain' }, body)
    const { message } = await expectFailure(speaker, 'a body of another type', response)
    expect(message).toContain('application/json')
  })

  test('a body that is no JSON', async () => {
    const { message } = await expectFailure(speaker, 'a body that is no JSON', await send(letter, withKey(), '{"a":'))
    expect(message).toMatch(/^The body is not valid JSON/)
  })

  test('a field that is wrong, by its path', async () => {
    const { misfit } = speaker
    const response = await post(gateway, speaker, misfit.letter)
    const { field, message } = await expectFailure(speaker, 'a field that is wrong', response)
    expect(field).toBe(misfit.field)
    expect(message).toContain(`\`${misfit.field}\`: found `)
    expectUnasked(response)
  })

  test('a field that is refused, by its name and with the reason', async () => {
    const response = await post(gateway, speaker, { ...letter, body: { ...letter.body, min_tokens: 1 } })
    const { field, message } = await expectFailure(speaker, 'a field that is refused', response)
    expect(field).toBe('min_tokens')
    expect(message).toBe('`min_tokens` is not supported here: it can stop the engine for everybody.')
    expectUnasked(response)
  })

  test('a field for which it has its own, by that one’s name', async () => {
    const response = await post(gateway, speaker, { ...letter, body: { ...letter.body, guided_json: {} } })
    const { message } = await expectFailure(speaker, 'a field that is refused', response)
    expect(message).toBe(`\`guided_json\` is not supported here: ${formatAdvice(speaker)}.`)
  })

  test('an address that is not well-formed', async () => {
    const path = `${letter.path}%zz`
    const response = await post(gateway, speaker, { ...letter, path })
    const { message } = await expectFailure(speaker, 'an address that is not well-formed', response)
    expect(message).toBe('The address is not well-formed.')
  })

  test('a prompt that is too long, with true numbers', async () => {
    const says = (words: number) => ({ says: 'word '.repeat(words).trim(), maxTokens: 100 })
    const short = await tell(gateway, speaker, says(1), false)
    const tokens = Number(short.told.usage?.prompt) + 2999
    const response = await post(gateway, speaker, speaker.ask(says(3000), false))
    const { message } = await expectFailure(speaker, 'a prompt that is too long', response)
    expect(message).toBe(overflowWords(speaker.family, tokens, { window: contextWindow }))
    expectNoRetry(speaker, response)
    expectUnasked(response)
  })

  test('a prompt that leaves no room for its reply, by what would leave some', async () => {
    const says = (words: number) => ({ says: 'word '.repeat(words).trim(), maxTokens: 100 })
    const short = await tell(gateway, speaker, says(1), false)
    const overhead = Number(short.told.usage?.prompt) - 1
    const promptMax = contextWindow - 1 - 16
    const response = await post(gateway, speaker, speaker.ask(says(promptMax + 1 - overhead), false))
    const { message } = await expectFailure(speaker, 'a prompt that is too long', response)
    expect(message).toBe(overflowWords(speaker.family, promptMax + 1, { window: contextWindow, promptMax }))
    expectUnasked(response)
    const fitting = await post(gateway, speaker, speaker.ask(says(promptMax - overhead), false))
    expect([fitting.status, await fitting.text()]).toEqual([200, expect.any(String)])
  })

  test.for(both)('no model server, streamed: %s', async (streamed) => {
    const response = await post(gateway, speaker, speaker.ask({ ...story, model: 'down' }, streamed))
    await expectFailure(speaker, 'no model server', response)
    expect(response.headers.get('retry-after')).toBe('2')
  })

  test.for(both)('a model server that fails, in none of its words, streamed: %s', async (streamed) => {
    const failing = { ...story, says: '[[fault status 500]]' }
    const response = await post(gateway, speaker, speaker.ask(failing, streamed))
    const { message } = await expectFailure(speaker, 'a model server that fails', response)
    expect(message).toBe('The model server failed.')
  })

  test.for(both)('a model server that is silent, streamed: %s', async (streamed) => {
    const silent = { ...story, says: '[[fault hang]]', model: 'silent' }
    const response = await post(gateway, speaker, speaker.ask(silent, streamed))
    await expectFailure(speaker, 'a model server that is silent', response)
  })

  test('no place left, and when there will be one', async () => {
    const holder = new AbortController()
    const holding = post(
      gateway,
      speaker,
      speaker.ask({ ...story, says: '[[fault dead-engine]]', model: 'busy' }, true),
      {
        signal: holder.signal,
      },
    ).catch(() => undefined)
    await until(() => gateway.simulator.running === 1)
    for (const streamed of both) {
      const response = await post(gateway, speaker, speaker.ask({ ...story, model: 'busy' }, streamed))
      const { message } = await expectFailure(speaker, 'no place left', response)
      const seconds = response.headers.get('retry-after')
      expect(seconds).toMatch(/^[1-9]\d?$/)
      expect(message.includes(`Please retry in ${seconds}s.`)).toBe(speaker.family === 'gemini')
      expectUnasked(response)
    }
    holder.abort()
    await holding
    await until(() => gateway.simulator.running === 0)
  })
})

describe('the end of the gateway', () => {
  let ending: TestGateway

  beforeAll(async () => {
    ending = await startTestGateway({
      simulator: { maxNumSeqs: 64 },
      settings: `firstEventHold: 10s\nservices: [{ upstreams: ['$VLLM'], places: 64 }]`,
    })
  })

  test('is told in every dialect, by a status and in streams', async () => {
    const asked = dialects.map((speaker) => ({
      speaker,
      whole: post(ending, speaker, speaker.ask({ ...story, says: '[[fault dead-engine]]' }, false)),
      streamed: post(ending, speaker, speaker.ask({ ...story, says: '[[words 9]][[fault hang-after 4]]' }, true)),
    }))
    const streams = await Promise.all(asked.map(({ streamed }) => streamed))
    await until(() => ending.simulator.running === 2 * dialects.length)
    const stopped = ending.stop()
    for (const { speaker, whole } of asked) {
      const response = await whole
      await expectFailure(speaker, 'the end of the gateway', response)
      expect(response.headers.get('retry-after')).toBe('1')
    }
    for (const [index, response] of streams.entries()) {
      const { speaker } = asked[index] ?? {}
      const told = speaker?.readStream(await response.text())
      expect(told?.error?.word).toBe(wordInStream('the end of the gateway', speaker?.family ?? 'chat'))
      expect(told?.text).toBe('w1 w2 w3')
    }
    await stopped
  })
})
