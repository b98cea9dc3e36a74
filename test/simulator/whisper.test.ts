import { describe, expect, test } from 'vitest'
import { tone, wav } from '../wire/small-audio.ts'
import { runWhisper } from './running-look-alikes.ts'
import { rawChat, replied, until } from './running-simulator.ts'

const twelve = wav({ seconds: 12 })
const parts = [1, 2, 3].map((part) => ` Simulated transcription of 12.0 seconds, part ${part}.\n`)

async function typed(answer: Promise<Response>): Promise<[number, string | null, string]> {
  const response = await answer
  return [response.status, response.headers.get('content-type'), await response.text()]
}

describe('a transcript', () => {
  test.each(['json', 'anything'])('is JSON with a segment a line: %s', async (response_format) => {
    const { infer } = await runWhisper()
    const json = JSON.stringify({ text: parts.join('') })
    expect(await typed(infer({ file: twelve, response_format }))).toEqual([200, 'application/json', json])
  })

  test('is text that says it is HTML, subtitles with a comma, and WebVTT with a point', async () => {
    const { infer } = await runWhisper()
    const text = await typed(infer({ file: twelve, response_format: 'text' }))
    expect(text).toEqual([200, 'text/html; charset=utf-8', parts.join('')])
    const [, srtType, srt] = await typed(infer({ file: twelve, response_format: 'srt', offset_n: '4' }))
    expect(srtType).toBe('application/x-subrip')
    expect(srt).toMatch(/^5\n00:00:00,000 --> 00:00:05,000\n Simulated .* part 1\.\n\n6\n/)
    const [, vttType, vtt] = await typed(infer({ file: wav({ seconds: 3610 }), response_format: 'vtt' }))
    expect(vttType).toBe('text/vtt')
    expect(vtt).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:05\.000\n Simulated .* part 1\.\n\n00:00:05/)
    expect(vtt).toMatch(/\n01:00:05\.000 --> 01:00:10\.000\n[^\n]*\n\n$/)
  })

  test('has in verbose_json the keys that whisper.cpp gives it, in its order', async () => {
    const { infer } = await runWhisper()
    const fields = { file: twelve, response_format: 'verbose_json', language: 'de', temperature: '0.5' }
    const reply = await replied(infer(fields))
    expect(Object.keys(reply)).toEqual([
      ...['task', 'language', 'duration', 'text', 'segments'],
      ...['detected_language', 'detected_language_probability', 'language_probabilities'],
    ])
    expect(reply).toMatchObject({ task: 'transcribe', language: 'german', duration: 12, text: parts.join('') })
    const [first, , last] = reply.segments
    expect(Object.keys(first)).toEqual([
      ...['id', 'text', 'start', 'end', 'tokens', 'words', 'temperature', 'avg_logprob', 'no_speech_prob'],
    ])
    expect([last.id, last.start, last.end, last.temperature]).toEqual([2, 10, 12, 0.5])
    expect(Object.keys(first.words[0])).toEqual(['word', 'start', 'end', 't_dtw', 'probability'])
    expect(first.words.map(({ word }: { word: string }) => word).join('')).toBe(first.text)
    expect(first.words.at(-1).end).toBe(5)
    expect(first.tokens).toHaveLength(first.words.length)
  })

  test('is without times, languages and transcription where that is asked for', async () => {
    const { infer } = await runWhisper()
    const yes = { no_timestamps: 'true', no_language_probabilities: '1', translate: 'yes' }
    const reply = await replied(infer({ file: twelve, response_format: 'verbose_json', ...yes }))
    expect(reply.detected_language).toBeUndefined()
    expect(reply.task).toBe('translate')
    expect(reply.text).toContain('Simulated translation of 12.0 seconds')
    expect(Object.keys(reply.segments[0])).not.toContain('start')
    expect(Object.keys(reply.segments[0].words[0])).toEqual(['word', 'probability'])
  })

  test('is English unless a language is given, by its code or its name; auto finds English', async () => {
    const { infer } = await runWhisper()
    const heard = async (language: object) =>
      (await replied(infer({ file: twelve, response_format: 'verbose_json', ...language }))).language
    const asked = [{}, { language: 'German' }, { language: 'mi' }, { language: 'auto' }, { language: '' }]
    expect(await Promise.all(asked.map(heard))).toEqual(['english', 'german', 'maori', 'english', 'english'])
  })

  test('in an unknown language breaks where its name is asked for, and nowhere else', async () => {
    const { infer } = await runWhisper()
    expect((await infer({ file: twelve, language: 'xx' })).status).toBe(200)
    const text = '500 Internal Server Error\nbasic_string: construction from null is not valid'
    const broken = await typed(infer({ file: twelve, language: 'xx', response_format: 'verbose_json' }))
    expect(broken).toEqual([500, 'text/plain', text])
  })

  test('is empty for less than a tenth of a second, and what the prompt says where it directs', async () => {
    const { infer } = await runWhisper()
    expect(await replied(infer({ file: wav({ seconds: 0.05 }) }))).toEqual({ text: '' })
    expect(await replied(infer({ file: twelve, prompt: '[[say Hello world]]' }))).toEqual({ text: ' Hello world\n' })
  })
})

describe('a refusal', () => {
  test.each(['tone.m4a', 'tone.webm', 'tone.aac', 'tone-opus.ogg'])(
    '%s is not decoded, but for --convert',
    async (name) => {
      const { infer } = await runWhisper()
      expect(await typed(infer({ file: tone(name) }))).toEqual([400, 'text/plain', 'Invalid request'])
      const { infer: converting } = await runWhisper({ convert: true })
      expect((await converting({ file: tone(name) })).status).toBe(200)
    },
  )

  test.each(['tone.wav', 'tone.mp3', 'tone.flac', 'tone-vorbis.ogg'])('none: %s is decoded', async (name) => {
    const { infer } = await runWhisper()
    const { duration } = await replied(infer({ file: tone(name), response_format: 'verbose_json' }))
    expect(duration).toBeGreaterThan(0.04)
    expect(duration).toBeLessThan(0.4)
  })

  test('loses its reason, unless it is a 500', async () => {
    const { infer, url } = await runWhisper()
    const refused = [400, 'text/plain', 'Invalid request']
    expect(await typed(infer({ language: 'de' }))).toEqual(refused)
    expect(await typed(infer({ file: Buffer.from('no sound') }))).toEqual(refused)
    expect(await typed(fetch(`${url}/inference`, { method: 'POST', body: '{}' }))).toEqual(refused)
    const stof = '500 Internal Server Error\nstof'
    expect(await typed(infer({ file: twelve, temperature: 'hot' }))).toEqual([500, 'text/plain', stof])
    const { infer: converting } = await runWhisper({ convert: true })
    const json = '{"error":"FFmpeg conversion failed."}'
    expect(await typed(converting({ file: Buffer.from('no sound') }))).toEqual([500, 'application/json', json])
  })

  test('is 404 in words for every path but its own', async () => {
    const { url } = await runWhisper({ inferencePath: '/v1/audio/transcriptions' })
    for (const path of ['/inference', '/v1/audio/transcriptions', '/v1/models']) {
      expect(await typed(fetch(url + path))).toEqual([404, 'text/plain', `File Not Found (${path})`])
    }
    expect((await fetch(url)).headers.get('content-type')).toBe('text/html')
    expect((await fetch(url)).headers.get('server')).toBe('whisper.cpp (look-alike)')
  })
})

describe('the model', () => {
  test('does one job at a time, and lets any number wait', async () => {
    const { simulator, infer } = await runWhisper({ realTimeFactor: 100 })
    const leave = new AbortController()
    const asked = [1, 2, 3].map(() => infer({ file: twelve }, { signal: leave.signal }).catch(() => 'left'))
    await until(() => simulator.waiting === 2)
    expect(simulator.running).toBe(1)
    leave.abort()
    expect(await Promise.all(asked)).toEqual(['left', 'left', 'left'])
    await until(() => simulator.running + simulator.waiting === 0)
    expect(simulator.requests.map(({ closedBy }) => closedBy)).toEqual(['client', 'client', 'client'])
  })

  test('stops a job at once whose client leaves, and begins the next', async () => {
    const { simulator, infer } = await runWhisper({ realTimeFactor: 0.02 })
    const leave = new AbortController()
    const left = infer({ file: wav({ seconds: 3600 }) }, { signal: leave.signal }).catch(() => 'left')
    await until(() => simulator.running === 1)
    const next = infer({ file: wav({ seconds: 1 }) })
    await until(() => simulator.waiting === 1)
    const leftAt = Date.now()
    leave.abort()
    expect([await left, (await next).status]).toEqual(['left', 200])
    expect((simulator.requests[0]?.closedAt ?? 0) - leftAt).toBeLessThan(250)
  })

  test('takes the time that the sound and its settings make', async () => {
    const { infer } = await runWhisper({ realTimeFactor: 0.01, jobMs: 50 })
    const askedAt = performance.now()
    await infer({ file: twelve })
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(169)
  })

  test('holds jobs while it is loaded, and health is then not found', async () => {
    const { simulator, infer, url } = await runWhisper()
    expect(await replied(fetch(`${url}/health`))).toEqual({ status: 'ok' })
    simulator.state = 'loading'
    expect(await typed(fetch(`${url}/health`))).toEqual([404, 'text/plain', 'File Not Found (/health)'])
    const held = infer({ file: twelve })
    await until(() => simulator.waiting === 1)
    simulator.state = 'ready'
    expect((await held).status).toBe(200)
  })

  test('has a thread for each connection, an idle one too, so that health waits when all are held', async () => {
    const { simulator, url, port } = await runWhisper({ threads: 1, keepAliveTimeoutMs: 300 })
    await (await fetch(url)).text()
    const askedAt = performance.now()
    const { text } = await rawChat(port, {}, '/nowhere')
    expect(text).toContain('File Not Found (/nowhere)')
    const health = await fetch(`${url}/health`, { headers: { connection: 'close' } })
    expect(health.status).toBe(200)
    expect(performance.now() - askedAt).toBeLessThan(5000)
    expect(simulator.requests).toHaveLength(3)
  })
})

describe('what reached it', () => {
  test('is recorded: fields, and the file by name, bytes and seconds', async () => {
    const { simulator, infer } = await runWhisper()
    await infer({ language: 'auto', response_format: 'json', file: twelve })
    expect(simulator.requests[0]).toMatchObject({ method: 'POST', path: '/inference', status: 200 })
    expect(simulator.requests[0]?.body).toEqual({
      fields: { language: 'auto', response_format: 'json' },
      files: [
        {
          ...{ field: 'file', name: 'speech.wav', type: 'audio/wav', bytes: 12_044, seconds: 12 },
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
    })
  })

  test('fails as it is told to', async () => {
    const { simulator, infer, url } = await runWhisper()
    simulator.faults.next('garbage')
    expect((await typed(infer({ file: twelve })))[2]).toMatch(/^<!doctype html>/)
    simulator.faults.next('status 503')
    expect((await infer({ file: twelve })).status).toBe(404)
    simulator.faults.next('engine-dead')
    const failed = '{"error":"failed to process audio"}'
    expect(await typed(infer({ file: twelve }))).toEqual([500, 'application/json', failed])
    simulator.faults.next('reset')
    await expect(infer({ file: twelve })).rejects.toThrow()
    await fetch(`${url}/simulator/faults`, { method: 'POST', body: '{"fault":"bad-chunk"}' })
    await expect((await infer({ file: twelve })).json()).rejects.toThrow(SyntaxError)
    expect((await infer({ file: twelve })).status).toBe(200)
  })

  test('keeps the model when it hangs, until its client leaves', async () => {
    const { simulator, infer } = await runWhisper()
    simulator.faults.next('dead-engine')
    const leave = new AbortController()
    const left = infer({ file: twelve }, { signal: leave.signal }).catch(() => 'left')
    await until(() => simulator.running === 1)
    const next = infer({ file: twelve })
    await until(() => simulator.waiting === 1)
    leave.abort()
    expect([await left, (await next).status]).toEqual(['left', 200])
  })
})
