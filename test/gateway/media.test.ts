import OpenAI, { APIError } from 'openai'
import type { ChatCompletionContentPart } from 'openai/resources/chat/completions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ImageHost, publicAddress, startImageHost } from '../media/image-host.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { tone, wav } from '../wire/small-audio.ts'
import { dataUrl, images } from '../wire/small-images.ts'
import { ask, errorOf, says } from './ask.ts'
import { newestUpstreamBody } from './upstream-requests.ts'

const services = [
  "- { name: open, upstreams: ['$VLLM'], maxAudio: 2, remoteImages: { enabled: true, sizeMax: 1KiB, deny: [denied.example] } }",
  "- { name: closed, upstreams: ['$VLLM'], maxAudio: 0 }",
]

let host: ImageHost
let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  const names = { 'images.example': [publicAddress], 'inside.example': ['10.0.0.1'], 'denied.example': [publicAddress] }
  host = await startImageHost(names, ({ url }, response) => {
    if (url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1/' }).end()
    else if (url === '/large') response.end(Buffer.alloc(1025))
    else if (url === '/page') response.end('<html></html>')
    else response.end(images.gif.bytes)
  })
  gateway = await startTestGateway({ settings: `services:\n${services.join('\n')}`, network: host.network })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
})

afterAll(async () => {
  await gateway.stop()
  await host.close()
})

const text: ChatCompletionContentPart = { type: 'text', text: 'What is this?' }

function image(url: string): ChatCompletionContentPart {
  return { type: 'image_url', image_url: { url } }
}

function audio(bytes: Buffer): ChatCompletionContentPart {
  return { type: 'input_audio', input_audio: { data: bytes.toString('base64'), format: 'wav' } }
}

async function askFor(model: string, ...content: ChatCompletionContentPart[]) {
  return client.chat.completions.create({ model, messages: [{ role: 'user', content }] })
}

async function refusalOf(model: string, ...content: ChatCompletionContentPart[]) {
  const asked = gateway.simulator.requests.length
  const failure = await askFor(model, ...content).catch((thrown: unknown) => thrown)
  if (!(failure instanceof APIError)) throw failure
  expect(gateway.simulator.requests).toHaveLength(asked)
  return failure
}

describe('an image by address', () => {
  const url = 'http://images.example/a.png'

  test.for([false, true])('reaches the model as a data URL before the text, streamed: %s', async (stream) => {
    const messages = [{ role: 'user' as const, content: [text, image(url)] }]
    const asked = { model: 'open', messages }
    const reply = stream
      ? await client.chat.completions.stream(asked).finalMessage()
      : (await client.chat.completions.create(asked)).choices[0]?.message
    expect(reply?.content).toContain('1 image')
    const sent = { type: 'image_url', image_url: { url: dataUrl(images.gif.bytes, 'image/gif') } }
    expect(newestUpstreamBody(gateway)['messages']).toEqual([{ role: 'user', content: [sent, text] }])
    expect(host.dialled.at(-1)).toEqual([publicAddress])
  })

  test('that must not or cannot be fetched is refused in the same words, and not sooner than the others', async () => {
    const addresses = [
      'http://inside.example/',
      'http://127.0.0.1/',
      'http://denied.example/',
      'http://unknown.example/',
      'http://images.example/moved',
      'http://images.example/large',
    ]
    const before = performance.now()
    const failures = await Promise.all(addresses.map((address) => refusalOf('open', text, image(address))))
    // Two at once, a second each.
    expect(performance.now() - before).toBeGreaterThan(2990)
    for (const { status, param, error } of failures) {
      expect([status, param]).toEqual([422, 'messages[0].content[1].image_url.url'])
      expect(error).toMatchObject({ message: `\`${param}\`: the image could not be fetched; send it as a data: URL.` })
    }
    expect(host.dialled.flat()).not.toContain('10.0.0.1')
  })

  test('that is no image is refused with that reason', async () => {
    const { status, message } = await refusalOf('open', image('http://images.example/page'))
    expect(status).toBe(422)
    expect(message).toContain('wanted a PNG, JPEG, WebP or GIF image')
  })

  test('is refused without being fetched by a service whose owner has not said otherwise', async () => {
    const dialled = host.dialled.length
    const { status, message, param } = await refusalOf('closed', text, image(url))
    expect(status).toBe(400)
    expect(param).toBe('messages[0].content[1].image_url.url')
    expect(message).toContain('is a remote address: images are not fetched here; send a data: URL')
    expect(host.dialled).toHaveLength(dialled)
  })

  test('counts as an image', async () => {
    const { message } = await refusalOf('open', image(url), image(url), image(url))
    expect(message).toContain('found 3 images, wanted at most 2')
  })

  test('is a form of part that only the house knows: nobody can send one', async () => {
    const response = await ask(gateway, says([{ type: 'remote_image', url: 'http://127.0.0.1/', field: 'x' }]), {
      path: '/open/v1/chat/completions',
    })
    expect((await errorOf(response)).param).toBe('messages[0].content[0].type')
  })
})

describe('audio', () => {
  test.for([false, true])('reaches the model under its true format before the text, streamed: %s', async (stream) => {
    const sent = audio(tone('tone.mp3'))
    const messages = [{ role: 'user' as const, content: [text, sent] }]
    const asked = { model: 'open', messages }
    const reply = stream
      ? await client.chat.completions.stream(asked).finalMessage()
      : (await client.chat.completions.create(asked)).choices[0]?.message
    expect(reply?.content).toContain('1 sound')
    const mp3 = { type: 'input_audio', input_audio: { data: tone('tone.mp3').toString('base64'), format: 'mp3' } }
    expect(newestUpstreamBody(gateway)['messages']).toEqual([{ role: 'user', content: [mp3, text] }])
  })

  test('is counted in the usage, by its length', async () => {
    const without = await askFor('open', text)
    const short = await askFor('open', text, audio(wav({ seconds: 2 })))
    const long = await askFor('open', text, audio(wav({ seconds: 30 })))
    expect((long.usage?.prompt_tokens ?? 0) - (short.usage?.prompt_tokens ?? 0)).toBe(28 * 25)
    expect(short.usage?.prompt_tokens).toBeGreaterThanOrEqual((without.usage?.prompt_tokens ?? 0) + 2 * 25)
  })

  test('above 30 seconds, of another format or too many is refused by the name of its field', async () => {
    const field = 'messages[0].content[1].input_audio.data'
    const long = await refusalOf('open', text, audio(wav({ seconds: 31 })))
    expect(long).toMatchObject({ status: 422, param: field, message: expect.stringContaining('at most 30 seconds') })
    const other = await refusalOf('open', text, audio(images.png.bytes))
    expect(other).toMatchObject({
      status: 422,
      param: field,
      message: expect.stringContaining('bytes of another format'),
    })
    const [one, two, three] = [1, 2, 3].map((seconds) => audio(wav({ seconds })))
    if (one === undefined || two === undefined || three === undefined) throw new Error('Three were made.')
    expect((await refusalOf('open', one, two, three)).message).toContain('found 3 pieces of audio, wanted at most 2')
  })

  test('is refused by a service whose owner allows none', async () => {
    expect((await refusalOf('closed', audio(tone('tone.wav')))).message).toContain('audio, which is not accepted here')
  })
})
