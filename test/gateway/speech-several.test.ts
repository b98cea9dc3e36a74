import { afterEach, expect, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { createWhisperSimulator } from '../../src/simulator/whisper/whisper-simulator.ts'
import { bodyOf, formOf, type SpeechGateway, startSpeechGateway, toneWav } from './speech-rig.ts'
import { startSpeechServer } from './speech-server.ts'
import { until } from './until.ts'

const path = '/v1/audio/transcriptions'
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function start(service: string): Promise<SpeechGateway> {
  const gateway = await startSpeechGateway({
    settings: `services: [{ name: whisper, kind: transcription, ${service} }]`,
  })
  open.unshift({ close: () => gateway.stop() })
  return gateway
}

test('a file is sent to another server where the first dies of it', async () => {
  const dying = await startSpeechServer({ answer: (_ask, response) => void response.destroy() })
  const sound = await startSpeechServer()
  open.push(dying, sound)
  const gateway = await start(`places: 4, upstreams: [${dying.url}, ${sound.url}]`)
  await until(async () => (await (await fetch(`${gateway.url}/whisper/health`)).text()).includes('"ready":2'))
  const answers = await Promise.all([1, 2, 3, 4].map(() => gateway.post(path, formOf(toneWav(3)))))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(dying.asks.length).toBeGreaterThan(0)
  expect(sound.asks).toHaveLength(4)
  for (const ask of sound.asks) expect(ask.sound.equals(toneWav(3))).toBe(true)
})

test('a server that breaks its answer off is told as one that fails', async () => {
  const simulator = createWhisperSimulator()
  const { url } = await simulator.listen()
  open.push(simulator)
  const gateway = await start(`upstreams: ['${url}']`)
  simulator.faults.always('reset-after 20', '/inference')
  const response = await gateway.post(path, formOf(toneWav(4)))
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({
    error: { message: 'The model server broke off its answer.', code: 'upstream_failed' },
  })
})

test('the look-alike of whisper.cpp is understood', async () => {
  const simulator = createWhisperSimulator()
  const { url } = await simulator.listen()
  open.push(simulator)
  const gateway = await start(`upstreams: ['${url}']`)
  const form = formOf(toneWav(4), { response_format: 'verbose_json' })
  form.append('timestamp_granularities[]', 'word')
  form.append('timestamp_granularities[]', 'segment')
  const { text, words, segments } = await bodyOf(await gateway.post(path, form))
  expect(text).not.toBe('')
  expect(words.map((each) => Reflect.get(each, 'word')).join(' ')).toBe(text)
  expect(segments.length).toBeGreaterThan(0)
})

test('the look-alike of vLLM is understood', async () => {
  const simulator = createSimulator({ serves: 'transcription' })
  const { url } = await simulator.listen()
  open.push(simulator)
  const gateway = await start(`upstreams: ['${url}']`)
  const { text, segments } = await bodyOf(
    await gateway.post(path, formOf(toneWav(4), { response_format: 'verbose_json' })),
  )
  expect(
    segments
      .map((each) => Reflect.get(each, 'text'))
      .join('')
      .trim(),
  ).toBe(text)
  const translated = await gateway.post('/v1/audio/translations', formOf(toneWav(4), { response_format: 'text' }))
  expect(await translated.text()).toMatch(/\w/)
})
