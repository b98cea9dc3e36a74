import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientDialects } from '../../src/client/dialects.ts'
import { listModels } from '../../src/client/list-models.ts'
import { describeServer } from '../../src/client/server.ts'
import { newestUpstreamBody, newestUpstreamRequest } from '../gateway/upstream-requests.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { images } from '../wire/small-images.ts'
import { asking, dialectNames, question } from './asking.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    settings: "services: [{ name: vectors, kind: embeddings, upstreams: ['$VLLM'] }, { upstreams: ['$VLLM'] }]",
  })
})
afterAll(() => gateway.stop())

const picture = { name: 'dot.png', mediaType: 'image/png', base64: images.png.bytes.toString('base64') }

const story = {
  system: 'Answer briefly.',
  thinking: true,
  tokensMax: 200,
  turns: [
    { role: 'user', text: 'Who are you?', images: [] },
    { role: 'assistant', text: 'A model.', images: [] },
    { role: 'user', text: '[[think let me see]] [[say É um gato 🐈.]]', images: [picture] },
  ],
} as const

describe.each(dialectNames)('the gateway, asked in %s', (dialect) => {
  const whom = () => ({ dialect, url: gateway.url, key: gateway.key })

  test('answers a conversation with a system prompt, an image and thinking, and tells the usage', async () => {
    expect(await asking(whom(), story)).toMatchObject({
      thinking: 'let me see',
      text: 'É um gato 🐈.',
      finish: 'stop',
      usage: { prompt: expect.any(Number), output: expect.any(Number), thinking: expect.any(Number) },
    })
  })

  test('passes the same messages, thinking and bound to the model as in every dialect', async () => {
    await asking(whom(), story)
    expect(newestUpstreamBody(gateway)).toMatchObject({
      messages: [
        { role: 'system', content: 'Answer briefly.' },
        { role: 'user', content: 'Who are you?' },
        { role: 'assistant', content: 'A model.' },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: `data:image/png;base64,${picture.base64}` } },
            { type: 'text', text: '[[think let me see]] [[say É um gato 🐈.]]' },
          ],
        },
      ],
      chat_template_kwargs: { enable_thinking: true },
      max_completion_tokens: 200,
    })
  })

  test('does not think when it is told not to', async () => {
    const answer = await asking(whom(), question('[[think let me see]] [[say Yes]]', { thinking: false }))
    expect(answer).toMatchObject({ text: 'Yes' })
    expect(newestUpstreamBody(gateway)).toMatchObject({ chat_template_kwargs: { enable_thinking: false } })
  })

  test('says that an answer was cut at its longest', async () => {
    const answer = await asking(whom(), question('[[words 50]]', { tokensMax: 7 }))
    expect(answer).toMatchObject({ finish: 'length', usage: { output: 7 } })
  })

  test('fails in words: for a wrong key, and in the middle of an answer', async () => {
    await expect(asking({ ...whom(), key: 'wrong' }, question('Hello'))).rejects.toThrow(/refuses \(40[13]\): The key/)
    await expect(asking(whom(), question('[[fault cut 3]] Tell me more.'))).rejects.toThrow('The server failed: ')
  })

  test('tells its models that chat, and no others', async () => {
    const server = describeServer(clientDialects[dialect], gateway.url, gateway.key)
    expect(await listModels(server, new AbortController().signal)).toEqual(['gemma4'])
  })

  test('frees the model when the person stops the answer', async () => {
    const controller = new AbortController()
    const hear = () => controller.abort()
    const answer = await asking(
      { ...whom(), signal: controller.signal, hear },
      question('[[fault hang-after 4]] Go on.'),
    )
    expect(answer.finish).toBe('interrupted')
    await expect.poll(() => newestUpstreamRequest(gateway)?.closedBy).toBe('client')
  })
})
