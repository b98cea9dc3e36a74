import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { ask, errorOf } from './ask.ts'
import { newestUpstreamBody, upstreamRequests } from './upstream-requests.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

function chat(body: unknown, path = '/chat'): Promise<Response> {
  return ask(gateway, body, { path })
}

/** The data of every frame of a stream, which has nothing else in it. */
async function framesOf(response: Response): Promise<unknown[]> {
  const frames = (await response.text()).split('\n\n')
  expect(frames.pop()).toBe('')
  return frames.map((frame) => {
    expect(frame).toMatch(/^data: /)
    return JSON.parse(frame.slice('data: '.length))
  })
}

const counted = {
  prompt_tokens: expect.any(Number),
  completion_tokens: expect.any(Number),
  total_tokens: expect.any(Number),
}

describe('POST /chat', () => {
  test('answers a prompt with response, model and usage, and nothing else', async () => {
    const response = await chat({ prompt: '[[say Bonjour]]' })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-gateway-max-tokens')).toBe('1024')
    const reply = await response.json()
    expect(reply).toEqual({ response: 'Bonjour', model: 'gemma4', usage: expect.objectContaining(counted) })
  })

  test('asks the model with the prompt, the system prompt and what else was sent', async () => {
    await chat({ prompt: 'Hi', system_prompt: 'Be brief', temperature: 0.2, max_tokens: 50, enable_thinking: true })
    expect(newestUpstreamBody(gateway)).toEqual({
      model: 'gemma-4-e2b',
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hi' },
      ],
      max_completion_tokens: 50,
      temperature: 0.2,
      top_p: 0.9,
      top_k: 40,
      chat_template_kwargs: { enable_thinking: true },
    })
  })

  test('fills in the defaults of the service, also for null', async () => {
    const defaults = { max_completion_tokens: 1024, temperature: 0.7, chat_template_kwargs: { enable_thinking: false } }
    for (const nothing of [undefined, null]) {
      const optional = { system_prompt: nothing, temperature: nothing, max_tokens: nothing, enable_thinking: nothing }
      expect((await chat({ prompt: 'Hi', stream: nothing, ...optional })).status).toBe(200)
      expect(newestUpstreamBody(gateway)).toMatchObject({ ...defaults, messages: [{ role: 'user', content: 'Hi' }] })
    }
  })

  test('is served below a prefix, where the model is only repeated', async () => {
    const reply = await (await chat({ prompt: '[[say Hi]]', model: 'whatever' }, '/gemma4/chat')).json()
    expect(reply).toMatchObject({ response: 'Hi', model: 'whatever' })
  })

  test('keeps thinking out of the response', async () => {
    const reply = await (await chat({ prompt: '[[think Secret thought]][[say Paris]]', enable_thinking: true })).json()
    expect(reply).toMatchObject({ response: 'Paris' })
    expect(JSON.stringify(reply)).not.toContain('thought')
  })

  test('drops fields that it does not know', async () => {
    await chat({ prompt: 'Hi', tools: [], n: 3, messages: [{ role: 'user', content: 'other' }], guided: 1 })
    expect(Object.keys(newestUpstreamBody(gateway))).not.toContain('n')
    expect(newestUpstreamBody(gateway)['messages']).toEqual([{ role: 'user', content: 'Hi' }])
  })
})

describe('POST /chat with stream: true', () => {
  test('answers with deltas and ends with done and usage, without [DONE]', async () => {
    const response = await chat({ prompt: '[[words 30]]', stream: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('x-gateway-max-tokens')).toBe('1024')
    const frames = await framesOf(response)
    expect(frames.pop()).toEqual({ done: true, usage: expect.objectContaining({ ...counted, completion_tokens: 31 }) })
    for (const frame of frames) expect(frame).toEqual({ delta: expect.any(String) })
    // Every frame was just seen to be a delta.
    expect(frames.map((frame) => (frame as { delta: string }).delta).join('')).toMatch(/^w1 w2 .* w30$/)
  })

  test('says the same as the whole reply', async () => {
    const whole = (await (await chat({ prompt: 'Hello' })).json()) as { response: string; usage: object }
    const frames = await framesOf(await chat({ prompt: 'Hello', stream: true }))
    const text = frames.map((frame) =>
      typeof frame === 'object' && frame !== null && 'delta' in frame ? frame.delta : '',
    )
    expect(text.join('')).toBe(whole.response)
    expect(frames.at(-1)).toEqual({ done: true, usage: whole.usage })
  })

  test('keeps thinking out of the deltas', async () => {
    const frames = await framesOf(await chat({ prompt: '[[think Secret]][[say Paris]]', stream: true }))
    expect(JSON.stringify(frames)).not.toContain('Secret')
    expect(frames).toEqual([{ delta: 'Paris' }, expect.objectContaining({ done: true })])
  })

  test('tells a failure in its middle as an error frame, and is never done', async () => {
    const frames = await framesOf(await chat({ prompt: '[[words 50]][[fault cut 10]]', stream: true }))
    expect(frames[0]).toEqual({ delta: 'w1' })
    expect(frames.at(-1)).toMatchObject({ error: { type: 'server_error', code: 'upstream_failed' } })
    expect(JSON.stringify(frames)).not.toContain('"done"')
  })

  test('tells an early failure as a status', async () => {
    const response = await chat({ prompt: '[[fault status 500]]', stream: true })
    expect(response.status).toBe(502)
    expect(await errorOf(response)).toMatchObject({ code: 'upstream_failed' })
  })
})

describe('POST /chat refuses', () => {
  test.for<[object, string, string]>([
    [{}, 'prompt', 'found nothing, wanted a string'],
    [{ prompt: '' }, 'prompt', 'found an empty string, wanted at least 1 character'],
    [{ prompt: ['a'] }, 'prompt', 'found a list of 1, wanted a string'],
    [{ prompt: 'Hi', temperature: 9 }, 'temperature', 'found 9, wanted at most 2'],
    [{ prompt: 'Hi', max_tokens: 0 }, 'max_tokens', 'found 0, wanted at least 1'],
    [{ prompt: 'Hi', system_prompt: 5 }, 'system_prompt', 'found 5, wanted a string'],
    [{ prompt: 'Hi', enable_thinking: 'no' }, 'enable_thinking', 'wanted true or false'],
  ])('%j with a 422 that names the field', async ([body, field, words]) => {
    const response = await chat(body)
    expect(response.status).toBe(422)
    const error = await errorOf(response)
    expect(error).toMatchObject({ param: field, code: 'invalid_value', type: 'invalid_request_error' })
    expect(error.message).toContain(words)
  })

  test('a prompt that does not fit with a 400, before the model is asked', async () => {
    const response = await chat({ prompt: 'word '.repeat(9000) })
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'context_length_exceeded' })
    expect(upstreamRequests(gateway, response.headers.get('x-request-id'))).toEqual([])
  })
})
