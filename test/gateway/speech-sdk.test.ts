import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeTone, type SpeechGateway, startSpeechGateway, toneWav } from './speech-rig.ts'

let gateway: SpeechGateway
let client: OpenAI
let folder: string

beforeAll(async () => {
  gateway = await startSpeechGateway()
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  folder = mkdtempSync(join(tmpdir(), 'vllm-gateway-curl-'))
  writeFileSync(join(folder, 'x.wav'), toneWav(2))
  writeFileSync(join(folder, 'x.m4a'), await encodeTone(2, '-c:a', 'aac', '-f', 'ipod'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await gateway.stop()
})

const spoken = 'Guten Morgen, wie geht es?'
const file = () => toFile(toneWav(2), 'speech.wav')

describe("OpenAI's SDK", () => {
  test('transcribes', async () => {
    const { text } = await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' })
    expect(text).toBe(spoken)
  })

  test.each(['text', 'srt', 'vtt'] as const)('takes %s as text', async (format) => {
    const told = await client.audio.transcriptions.create({
      file: await file(),
      model: 'whisper-1',
      response_format: format,
    })
    expect(told).toContain('wie geht es?')
  })

  test('reads words and segments', async () => {
    const told = await client.audio.transcriptions.create({
      file: await file(),
      model: 'whisper-1',
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
    })
    expect(told).toMatchObject({ language: 'german', duration: 2, text: spoken })
    expect(told.words?.map(({ word }) => word)).toEqual(['Guten', 'Morgen,', 'wie', 'geht', 'es?'])
    expect(told.segments?.map(({ end }) => end)).toEqual([0.9, 2])
  })

  test('reads a stream', async () => {
    const stream = await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', stream: true })
    let text = ''
    let done = ''
    for await (const event of stream) {
      if (event.type === 'transcript.text.delta') text += event.delta
      if (event.type === 'transcript.text.done') done = event.text
    }
    expect([text, done]).toEqual([spoken, spoken])
  })

  test('translates', async () => {
    const { text } = await client.audio.translations.create({ file: await file(), model: 'whisper-1' })
    expect(text).toBe(spoken)
    expect(gateway.server.asks.at(-1)?.fields['translate']).toBe('true')
  })

  test('raises its own error for what is no audio', async () => {
    const wrong = client.audio.transcriptions.create({
      file: await toFile(Buffer.from('text'), 'a.wav'),
      model: 'whisper-1',
    })
    await expect(wrong).rejects.toMatchObject({ status: 422, param: 'file', requestID: expect.stringMatching(/^req_/) })
  })
})

describe('curl', () => {
  async function curl(command: string, key = gateway.key): Promise<string> {
    const env = { PATH: process.env['PATH'], URL: gateway.url, KEY: key }
    const { stdout } = await promisify(execFile)(
      'bash',
      ['-c', `curl -sS -H "Authorization: Bearer $KEY" ${command}`],
      {
        cwd: folder,
        env,
      },
    )
    return stdout
  }

  test("posts whisper.cpp's form at the root and below the service", async () => {
    for (const prefix of ['', '/whisper']) {
      const told = await curl(`"$URL${prefix}/inference" -F file=@x.wav -F language=ru -F response_format=json`)
      expect(JSON.parse(told)).toEqual({ text: spoken })
    }
  })

  test("posts OpenAI's, a recording of a phone included", async () => {
    const told = await curl('"$URL/v1/audio/transcriptions" -F file=@x.m4a -F model=whisper-1')
    expect(JSON.parse(told)).toMatchObject({ text: spoken })
    expect(await curl('"$URL/v1/audio/transcriptions" -F file=@x.wav -F response_format=text')).toBe(`${spoken}\n`)
  })

  test('is told of a wrong key in JSON', async () => {
    const told = await curl('"$URL/inference" -F file=@x.wav', 'none')
    expect(JSON.parse(told)).toEqual({ error: expect.any(String) })
  })
})
