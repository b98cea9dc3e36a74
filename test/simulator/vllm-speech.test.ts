import { describe, expect, test } from 'vitest'
import type { SimulatorOptions } from '../../src/simulator/simulator-options.ts'
import { tone, wav } from '../wire/small-audio.ts'
import { uploader } from './running-look-alikes.ts'
import { replied, runSimulator, streamed, until } from './running-simulator.ts'

const file = wav({ seconds: 11.5 })
const text =
  ' Simulated transcription of 11.5 seconds, part 1. Simulated transcription of 11.5 seconds, part 2. Simulated transcription of 11.5 seconds, part 3.'

async function runSpeech(options: Partial<SimulatorOptions> = {}) {
  const running = await runSimulator({ serves: 'transcription', ...options })
  const at = (path: string) => uploader(`${running.url}/v1/audio/${path}`)
  return { ...running, transcribe: at('transcriptions'), translate: at('translations') }
}

describe('a vLLM that serves transcriptions', () => {
  test.each(['json', 'text'])('answers in JSON, with seconds rounded up: %s', async (response_format) => {
    const { transcribe } = await runSpeech()
    const response = await transcribe({ model: 'whisper-large-v3-turbo', file, response_format })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ text, usage: { type: 'duration', seconds: 12 } })
  })

  test('has segments without words in verbose_json, and its length as text', async () => {
    const { transcribe } = await runSpeech()
    const reply = await replied(transcribe({ file, response_format: 'verbose_json', language: 'de' }))
    expect(Object.keys(reply)).toEqual(['duration', 'language', 'text', 'segments', 'words'])
    expect(reply).toMatchObject({ duration: '11.5', language: 'de', text, words: null })
    expect(Object.keys(reply.segments[0])).toEqual([
      ...['id', 'avg_logprob', 'compression_ratio', 'end', 'no_speech_prob', 'seek', 'start', 'temperature'],
      ...['text', 'tokens'],
    ])
    expect(reply.segments[2]).toMatchObject({ id: 2, start: 10, end: 11.5, no_speech_prob: null })
  })

  test('translates without usage', async () => {
    const { translate } = await runSpeech()
    expect(Object.keys(await replied(translate({ file })))).toEqual(['text'])
  })

  test('streams chunks of its own kind, a finish, usage where it is asked for, and [DONE]', async () => {
    const { transcribe } = await runSpeech()
    const events = await streamed(transcribe({ file, stream: 'true', stream_include_usage: 'true' }))
    const [first] = events
    expect(Object.keys(first)).toEqual(['id', 'object', 'created', 'model', 'choices'])
    expect(first).toMatchObject({
      object: 'transcription.chunk',
      choices: [{ delta: { content: expect.any(String) } }],
    })
    expect(first.id).toMatch(/^transcribe-/)
    const deltas = events.slice(0, -2)
    expect(deltas.map(({ choices }) => choices[0].delta.content).join('')).toBe(text)
    expect(deltas.at(-1).choices[0]).toEqual({ delta: { content: '' }, finish_reason: 'stop', stop_reason: null })
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: deltas.length - 1 } })
    expect(events.at(-1)).toBe('[DONE]')
    expect(await streamed(transcribe({ file, stream: 'true', prompt: '[[say Hi]]' }))).toHaveLength(3)
  })

  test.each([
    [{ language: 'en' }, 400, /'missing'.*\('body', 'file'\)/],
    [{ file: 'a string' }, 422, /file-like object/],
    [{ file, model: 'other' }, 404, /does not exist/],
    [
      { file, response_format: 'srt' },
      400,
      /^Currently only support response_format: `text`, `json` or `verbose_json`$/,
    ],
    [{ file, response_format: 'docx' }, 400, /'literal_error'/],
    [{ file, response_format: 'verbose_json', stream: 'true' }, 400, /doesn't support streaming case$/],
    [{ file, stream_include_usage: 'true' }, 400, /^Stream options can only be defined when `stream=True`\./],
    [{ file, language: 'xx' }, 400, /^Unsupported language: 'xx'\. Must be one of \['en', 'zh', /],
    [{ file: Buffer.from('no sound') }, 400, /^Invalid or unsupported audio file\.$/],
  ])('refuses %j', async (fields, status, message) => {
    const { transcribe } = await runSpeech()
    const response = await transcribe(fields)
    expect(response.status).toBe(status)
    expect((await replied(Promise.resolve(response))).error.message).toMatch(message)
  })

  test('refuses a file that is too large, and takes every format', async () => {
    const { transcribe } = await runSpeech({ audioMegabytesMax: 0.001 })
    expect((await replied(transcribe({ file }))).error.message).toMatch(
      /^Maximum file size exceeded \(parameter=audio_filesize_mb, value=0\.01/,
    )
    const { transcribe: takingAll } = await runSpeech()
    expect((await takingAll({ file: tone('tone.m4a') })).status).toBe(200)
  })

  test('breaks off as it is told to, and forgets a client that leaves', async () => {
    const { simulator, transcribe } = await runSpeech({ tokensPerSecond: 5 })
    simulator.faults.next('error-in-stream 1')
    expect((await streamed(transcribe({ file, stream: 'true' }))).slice(1)).toMatchObject([
      { error: { message: 'Internal server error' } },
      '[DONE]',
    ])
    const leave = new AbortController()
    const left = transcribe({ file, stream: 'true' }, { signal: leave.signal })
    await until(() => simulator.running === 1)
    leave.abort()
    await expect(left.then((response) => response.text())).rejects.toThrow()
    await until(() => simulator.running === 0 && simulator.requests[1]?.closedBy === 'client')
  })
})
