import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, formOf, type SpeechGateway, startSpeechGateway, toneWav, uploadsLeft } from './speech-rig.ts'

let gateway: SpeechGateway
beforeAll(async () => {
  gateway = await startSpeechGateway()
})
afterAll(() => gateway.stop())

const spoken = 'Guten Morgen, wie geht es?'
const wav = toneWav(2)

function lastAsk() {
  const ask = gateway.server.asks.at(-1)
  if (ask === undefined) throw new Error('The server was asked nothing.')
  return ask
}

async function refusalOf(form: FormData, path = '/v1/audio/transcriptions') {
  const response = await gateway.post(path, form)
  return { status: response.status, body: await bodyOf(response) }
}

test('a field that is one of some words says so without the empty one, which says nothing', async () => {
  const { status, body } = await refusalOf(formOf(wav, { response_format: 'SRT' }))
  const message = '`response_format`: found "SRT", wanted one of "json", "text", "srt", "verbose_json", "vtt".'
  expect([status, body.error.message]).toEqual([422, message])
  const long = await refusalOf(formOf(wav, { prompt: 'a'.repeat(2000) }))
  expect(long.body.error.message).toContain('wanted at most 1024 characters.')
  const empty = { response_format: '', prompt: '', temperature: '', language: '' }
  expect((await gateway.post('/v1/audio/transcriptions', formOf(wav, empty))).status).toBe(200)
})

describe('a transcription', () => {
  test('is asked of whisper.cpp whole, with the language left to it', async () => {
    const response = await gateway.post('/v1/audio/transcriptions', formOf(wav, { model: 'whisper-1' }))
    expect(await bodyOf(response)).toEqual({ text: spoken, usage: { type: 'duration', seconds: 2 } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expect(lastAsk().path).toBe('/inference')
    expect(lastAsk().fields).toEqual({
      response_format: 'verbose_json',
      language: 'auto',
      translate: 'false',
      no_language_probabilities: 'true',
    })
    expect(lastAsk().sound.equals(wav)).toBe(true)
    expect(uploadsLeft(gateway.settings)).toEqual([])
  })

  test('hands on the language, the prompt and the temperature', async () => {
    const fields = { language: 'ru', prompt: 'Имена: Анна, Пётр', temperature: '0.2' }
    expect((await gateway.post('/v1/audio/transcriptions', formOf(wav, fields))).status).toBe(200)
    expect(lastAsk().fields).toMatchObject(fields)
  })

  test.each([
    ['German', 'de'],
    ['pt-BR', 'pt'],
    ['auto', 'auto'],
    ['', 'auto'],
  ])('takes %j as a language', async (written, code) => {
    await gateway.post('/v1/audio/transcriptions', formOf(wav, { language: written }))
    expect(lastAsk().fields['language']).toBe(code)
  })

  test.each([
    '/v1/audio/transcriptions',
    '/audio/transcriptions',
    '/v1/v1/audio/transcriptions',
    '/v1beta/openai/audio/transcriptions',
    '//v1/audio/transcriptions/',
    '/whisper/v1/audio/transcriptions',
    '/whisper/audio/transcriptions',
    '/inference',
    '/whisper/inference',
  ])('is there at %s', async (path) => {
    const response = await gateway.post(path, formOf(wav))
    expect(await bodyOf(response)).toMatchObject({ text: spoken })
  })

  test.each([
    ['text', 'text/plain; charset=utf-8', `${spoken}\n`],
    [
      'srt',
      'text/plain; charset=utf-8',
      '1\n00:00:00,000 --> 00:00:00,900\nGuten Morgen,\n\n2\n00:00:01,000 --> 00:00:02,000\nwie geht es?\n\n',
    ],
    [
      'vtt',
      'text/plain; charset=utf-8',
      'WEBVTT\n\n00:00:00.000 --> 00:00:00.900\nGuten Morgen,\n\n00:00:01.000 --> 00:00:02.000\nwie geht es?\n\n',
    ],
  ])('comes as %s', async (format, type, body) => {
    const response = await gateway.post('/v1/audio/transcriptions', formOf(wav, { response_format: format }))
    expect(response.headers.get('content-type')).toBe(type)
    expect(await response.text()).toBe(body)
  })

  test('tells segments in verbose_json, whose times do not go beyond the audio', async () => {
    const response = await gateway.post('/v1/audio/transcriptions', formOf(wav, { response_format: 'verbose_json' }))
    const body = await bodyOf(response)
    expect(body).toMatchObject({ task: 'transcribe', language: 'german', duration: 2, text: spoken })
    expect(body.segments).toMatchObject([
      { id: 0, seek: 0, start: 0, end: 0.9, text: ' Guten Morgen,', tokens: [1, 2, 3, 4], avg_logprob: -0.25 },
      { id: 1, start: 1, end: 2, text: ' wie geht es?', no_speech_prob: 0.01, temperature: 0 },
    ])
    expect(body.segments[0]?.compression_ratio).toBeGreaterThan(0.3)
    expect(body.words).toBeUndefined()
  })

  test('tells whole words where they are asked for, though the server tells tokens', async () => {
    const form = formOf(wav, { response_format: 'verbose_json' })
    form.append('timestamp_granularities[]', 'word')
    const body = await bodyOf(await gateway.post('/v1/audio/transcriptions', form))
    expect(body.words).toEqual([
      { word: 'Guten', start: 0, end: 0.4 },
      { word: 'Morgen,', start: 0.4, end: 0.8 },
      { word: 'wie', start: 1, end: 1.2 },
      { word: 'geht', start: 1.2, end: 1.4 },
      { word: 'es?', start: 1.4, end: 2 },
    ])
    expect(body.segments).toBeUndefined()
    form.append('timestamp_granularities[]', 'segment')
    const both = await bodyOf(await gateway.post('/v1/audio/transcriptions', form))
    expect(both.segments).toHaveLength(2)
    expect(both.words).toHaveLength(5)
  })

  test('is told in pieces that make up its text where a stream is asked for', async () => {
    const response = await gateway.post('/v1/audio/transcriptions', formOf(wav, { stream: 'true' }))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const frames = (await response.text()).trimEnd().split('\n\n')
    expect(frames.at(-1)).toBe('data: [DONE]')
    const events = frames.slice(0, -1).map((frame) => JSON.parse(frame.replace('data: ', '')))
    expect(events.map(({ type }) => type)).toEqual([
      'transcript.text.delta',
      'transcript.text.delta',
      'transcript.text.done',
    ])
    expect(`${events[0].delta}${events[1].delta}`).toBe(spoken)
    expect(events[2]).toMatchObject({ text: spoken, usage: { type: 'duration', seconds: 2 } })
  })

  test('comes plain where the format is none of pieces', async () => {
    const form = formOf(wav, { stream: 'true', response_format: 'srt' })
    const response = await gateway.post('/v1/audio/transcriptions', form)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  test('comes from JSON with the audio inside, as Open WebUI has it', async () => {
    const body = { model: 'whisper-1', language: 'de', input_audio: { data: wav.toString('base64'), format: 'wav' } }
    const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(await bodyOf(response)).toMatchObject({ text: spoken })
    expect(lastAsk().sound.equals(wav)).toBe(true)
    expect(lastAsk().fields['language']).toBe('de')
    expect(uploadsLeft(gateway.settings)).toEqual([])
  })

  test('takes the model after the file', async () => {
    const form = new FormData()
    form.append('file', new File([wav], 'x.bin', { type: 'video/quicktime' }))
    form.append('model', 'whisper')
    form.append('response_format', 'text')
    expect(await (await gateway.post('/v1/audio/transcriptions', form)).text()).toBe(`${spoken}\n`)
  })
})

test('the form is in the description of the API', async () => {
  const text = await (await fetch(`${gateway.url}/openapi.json`)).text()
  const { paths, components } = JSON.parse(text)
  const { schema } = paths['/v1/audio/transcriptions'].post.requestBody.content['multipart/form-data']
  expect(schema).toEqual({ $ref: '#/components/schemas/TranscriptionForm' })
  const { properties, required } = components.schemas.TranscriptionForm
  expect(required).toEqual(['file'])
  expect(properties.file).toMatchObject({ type: 'string', format: 'binary' })
  expect(Object.keys(properties)).toContain('timestamp_granularities')
})

describe('a translation', () => {
  test('asks for English', async () => {
    const response = await gateway.post('/v1/audio/translations', formOf(wav, { response_format: 'verbose_json' }))
    expect(await bodyOf(response)).toMatchObject({ task: 'translate' })
    expect(lastAsk().fields['translate']).toBe('true')
  })
})

describe("whisper.cpp's own form", () => {
  test('is answered in its words', async () => {
    const response = await gateway.post('/inference', formOf(wav, { language: 'ru', response_format: 'json' }))
    expect(await bodyOf(response)).toEqual({ text: spoken })
    expect(lastAsk().fields).toMatchObject({ language: 'ru', response_format: 'verbose_json' })
  })

  test('has words inside its segments in verbose_json', async () => {
    const response = await gateway.post('/inference', formOf(wav, { response_format: 'verbose_json' }))
    const { segments } = await bodyOf(response)
    expect(segments.map(({ words }) => words.map(({ word }) => word))).toEqual([
      ['Guten', 'Morgen,'],
      ['wie', 'geht', 'es?'],
    ])
  })

  test.each([
    ['text', 'text/plain; charset=utf-8'],
    ['srt', 'application/x-subrip'],
    ['vtt', 'text/vtt'],
    ['nonsense', 'application/json; charset=utf-8'],
  ])('has a content type for %s', async (format, type) => {
    const response = await gateway.post('/inference', formOf(wav, { response_format: format }))
    expect(response.headers.get('content-type')).toBe(type)
  })

  test('translates where it is told to', async () => {
    await gateway.post('/inference', formOf(wav, { translate: 'true' }))
    expect(lastAsk().fields['translate']).toBe('true')
  })

  test('tells of failures as whisper.cpp does', async () => {
    const { status, body } = await refusalOf(formOf(Buffer.from('no audio')), '/inference')
    expect(status).toBe(422)
    expect(body).toEqual({ error: expect.stringContaining('`file`: found text, wanted audio') })
    const wrong = await fetch(`${gateway.url}/inference`, {
      method: 'POST',
      headers: { authorization: 'Bearer nonsense' },
    })
    expect(wrong.status).toBe(403)
    expect(await wrong.json()).toEqual({ error: expect.stringContaining('key') })
  })
})

describe('a refusal', () => {
  test.each([
    ['text', Buffer.from('Hello, this is text.'), 'text'],
    ['nothing', Buffer.alloc(0), 'an empty file'],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1'), 'a PNG image'],
    ['a document', Buffer.from('%PDF-1.7'), 'a PDF document'],
    ['compressed WAV', Buffer.from('RIFF\0\0\0\0WAVEfmt '), 'a RIFF file that is no WAV of plain samples'],
    ['random bytes', Buffer.from([1, 2, 3, 200, 201]), 'bytes of an unknown format'],
  ])('names what came in the place of audio: %s', async (_name, bytes, found) => {
    const { status, body } = await refusalOf(formOf(bytes, {}, 'speech.wav'))
    expect(status).toBe(422)
    expect(body.error).toMatchObject({ param: 'file', type: 'invalid_request_error' })
    expect(body.error.message).toBe(
      `\`file\`: found ${found}, wanted audio as WAV, MP3, FLAC, Ogg (Opus or Vorbis), M4A or WebM.`,
    )
  })

  test.each([
    ['language', 'xx', 422],
    ['response_format', 'yaml', 422],
    ['response_format', 'diarized_json', 400],
    ['temperature', 'warm', 422],
    ['temperature', '2', 422],
    ['timestamp_granularities[]', 'word', 422],
    ['known_speaker_names[]', 'anna', 400],
    ['include[]', 'logprobs', 400],
    ['vllm_xargs', '{}', 400],
    ['prompt', 'x'.repeat(1025), 422],
  ])('names the field %s', async (field, value, status) => {
    const refused = await refusalOf(formOf(wav, { [field]: value }))
    expect(refused.status).toBe(status)
    expect(refused.body.error.param).toBe(field.replace('[]', ''))
  })

  test('says that there is no file, or that it came as text', async () => {
    const form = new FormData()
    form.append('model', 'whisper-1')
    expect((await refusalOf(form)).body.error.message).toMatch(/^`file`: found nothing, wanted the audio as a file/)
    form.append('file', 'not a file')
    expect((await refusalOf(form)).body.error.message).toMatch(/^`file`: found text/)
  })

  test('says that a file has another name', async () => {
    const form = new FormData()
    form.append('audio', new File([wav], 'a.wav'))
    const { status, body } = await refusalOf(form)
    expect(status).toBe(422)
    expect(body.error.message).toContain('a file under another name')
  })

  test('says how a body is to be sent', async () => {
    for (const type of ['text/plain', 'application/octet-stream', 'audio/wav']) {
      const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': type }
      const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers, body: wav })
      expect(response.status).toBe(415)
      expect((await bodyOf(response)).error.message).toContain('multipart/form-data')
    }
  })

  test('says that a form cannot be read', async () => {
    const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'multipart/form-data; boundary=b' }
    for (const body of ['--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nRIFF', 'nonsense']) {
      const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers, body })
      expect([400, 422]).toContain(response.status)
    }
    expect(uploadsLeft(gateway.settings)).toEqual([])
  })

  test.each(['form-data', 'form-data; name'])('says that a part has no name: %s', async (disposition) => {
    const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'multipart/form-data; boundary=b' }
    const body = `--b\r\ncontent-disposition: ${disposition}\r\n\r\nwhisper-1\r\n--b--\r\n`
    const response = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect((await bodyOf(response)).error.message).toBe('A part of the form has no name.')
  })

  test('comes before the upload for whoever may not use it', async () => {
    const headers = { authorization: `Bearer ${gateway.keyWithoutServices}` }
    const response = await gateway.post('/v1/audio/transcriptions', formOf(wav), { headers })
    expect(response.status).toBe(403)
    expect((await gateway.post('/v1/audio/transcriptions', formOf(wav), { headers: {} })).status).toBe(401)
  })

  test('of a chat names the kind of the service', async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'whisper', messages: [{ role: 'user', content: 'hi' }] }),
    })
    expect(response.status).toBe(404)
  })
})
