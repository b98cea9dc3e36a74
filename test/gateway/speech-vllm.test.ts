import { afterEach, describe, expect, test } from 'vitest'
import {
  bodyOf,
  encodeTone,
  formOf,
  type SpeechGateway,
  type SpeechRigOptions,
  startSpeechGateway,
  toneWav,
} from './speech-rig.ts'
import type { SpeechAsk } from './speech-server.ts'
import { until } from './until.ts'

const path = '/v1/audio/transcriptions'
const vllm = { health: { status: 200, body: '' }, models: ['openai/whisper-large-v3'] }
let gateway: SpeechGateway
afterEach(() => gateway.stop())

async function start(options: SpeechRigOptions): Promise<void> {
  gateway = await startSpeechGateway(options)
}

async function health(): Promise<{ model: string | null; upstream: string }> {
  // The route says so.
  return (await (await fetch(`${gateway.url}/whisper/health`)).json()) as { model: string | null; upstream: string }
}

function verbose(ask: SpeechAsk): boolean {
  return ask.fields['response_format'] === 'verbose_json'
}

const told = {
  text: ' Hello there.',
  language: 'en',
  duration: '1.0',
  segments: [{ id: 0, start: 0, end: 1, text: ' Hello there.', tokens: [1], no_speech_prob: null, words: null }],
  words: null,
}

describe('vLLM', () => {
  test('is recognised, and asked in its own words by its own name of the model', async () => {
    await start({ script: { ...vllm, answer: (_ask, response) => void response.end(JSON.stringify(told)) } })
    const form = formOf(toneWav(1), { model: 'whisper-1', response_format: 'verbose_json', prompt: 'Hi' })
    expect(await bodyOf(await gateway.post(path, form))).toMatchObject({
      text: 'Hello there.',
      language: 'english',
      duration: 1,
      segments: [{ start: 0, end: 1 }],
    })
    expect(gateway.server.asks).toMatchObject([{ path }])
    expect(gateway.server.asks[0]?.fields).toEqual({
      model: 'openai/whisper-large-v3',
      response_format: 'verbose_json',
      'timestamp_granularities[]': 'segment',
      prompt: 'Hi',
    })
    expect(await health()).toMatchObject({ model: 'openai/whisper-large-v3', upstream: 'ready' })
  })

  test('is asked for the text alone where its model tells no segments, and so from then on', async () => {
    await start({
      script: {
        ...vllm,
        answer(ask, response) {
          if (verbose(ask)) response.writeHead(400).end('{"error":{"message":"verbose_json is not supported"}}')
          else response.end('{"text":"Hello there.","usage":{"type":"duration","seconds":1}}')
        },
      },
    })
    for (let round = 0; round < 2; round++) {
      const response = await gateway.post(path, formOf(toneWav(1.5), { response_format: 'srt' }))
      expect(await response.text()).toBe('1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n')
    }
    expect(gateway.server.asks.map(verbose)).toEqual([true, false, false])
  })

  test('is told the language, decodes Opus by itself once it is counted, and translates elsewhere', async () => {
    await start({ script: { ...vllm, answer: (_ask, response) => void response.end(JSON.stringify(told)) } })
    await until(async () => (await health()).upstream === 'ready')
    const opus = await encodeTone(1, '-c:a', 'libopus', '-f', 'ogg')
    await gateway.post('/v1/audio/translations', formOf(opus, { language: 'fr' }))
    expect(gateway.server.asks[0]).toMatchObject({ path: '/v1/audio/translations', fileName: 'audio.ogg' })
    expect(gateway.server.asks[0]?.fields).toMatchObject({ language: 'fr' })
    expect(gateway.server.asks[0]?.sound.equals(opus)).toBe(true)
  })

  test('is not asked to hear what both forms of the question were refused for', async () => {
    await start({ script: { ...vllm, answer: (_ask, response) => void response.writeHead(400).end('secret') } })
    const response = await gateway.post(path, formOf(toneWav(1)))
    expect(response.status).toBe(422)
    expect((await bodyOf(response)).error).toMatchObject({ param: 'file' })
    await gateway.post(path, formOf(toneWav(1)))
    expect(gateway.server.asks.map(verbose)).toEqual([true, false, true, false])
  })
})

describe('whisper.cpp', () => {
  test('is recognised, and its model has the name that clients ask for', async () => {
    await start({})
    await until(async () => (await health()).upstream === 'ready')
    expect((await health()).model).toBe('whisper-1')
    const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${gateway.key}` } })
    expect(await response.json()).toMatchObject({ data: [{ id: 'whisper', kind: 'transcription' }] })
  })

  test('is waited for while it loads its model', async () => {
    await start({
      script: { health: { status: 503, body: '{"status":"loading model"}' } },
      service: 'server: whisper.cpp',
    })
    expect((await health()).upstream).toBe('waiting')
  })

  test('that answers nonsense is told of as having failed', async () => {
    await start({ script: { answer: (_ask, response) => void response.end('<html>secret</html>') } })
    for (let round = 0; round < 3; round++) {
      const response = await gateway.post(path, formOf(toneWav(1)))
      expect([response.status, await response.text()]).toEqual([502, expect.not.stringContaining('secret')])
    }
    expect((await health()).upstream).toBe('failing')
  })

  test('of another kind than the settings say is no server of the service', async () => {
    await start({ script: vllm, service: 'server: whisper.cpp' })
    await gateway.post(path, formOf(toneWav(1))).then((response) => response.text())
    expect((await health()).upstream).toBe('waiting')
  })
})
