import { afterEach, describe, expect, test } from 'vitest'
import { formOf, type SpeechGateway, startSpeechGateway, toneWav } from './speech-rig.ts'
import type { SpeechScript } from './speech-server.ts'
import { until } from './until.ts'

const path = '/v1/audio/transcriptions'
let gateway: SpeechGateway
afterEach(() => gateway.stop())

/** Comments after a moment, so that a stream is open long before its transcript. */
async function start(answer: NonNullable<SpeechScript['answer']>): Promise<void> {
  gateway = await startSpeechGateway({ settings: 'firstEventHold: 20ms\nkeepAliveEvery: 20ms', script: { answer } })
}

const stream = () => gateway.post(path, formOf(toneWav(1), { stream: 'true' }))

describe('a stream', () => {
  test('is kept open by comments until the model is done', async () => {
    const done: (() => void)[] = []
    await start((_ask, response) => done.push(() => response.end('{"text":"Hello"}')))
    const response = await stream()
    const reader = response.body?.getReader()
    const comment = new TextDecoder().decode((await reader?.read())?.value)
    expect(comment).toMatch(/^(: keep-alive\n\n)+$/)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    await until(() => done.length === 1)
    done.pop()?.()
    let rest = ''
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
      rest += new TextDecoder().decode(read.value)
    }
    const frames = rest.replaceAll(': keep-alive\n\n', '')
    expect(frames).toMatch(/^data: {"type":"transcript.text.delta","delta":"Hello"}\n\ndata: .*\[DONE\]\n\n$/s)
  })

  test('tells of a failure that comes after it has opened, and of one before by its status', async () => {
    const failing: (() => void)[] = []
    await start((_ask, response) => failing.push(() => response.writeHead(500).end('secret')))
    const response = await stream()
    expect(response.status).toBe(200)
    await until(() => failing.length === 1)
    failing.pop()?.()
    const text = (await response.text()).replaceAll(': keep-alive\n\n', '')
    expect(text).toMatch(/^data: {"error":{"message":"The model server failed."/)
    expect(text).toMatch(/data: \[DONE\]\n\n$/)
    expect(text).not.toContain('secret')
    await until(() => gateway.lines.length > 0)
    expect(gateway.lines[0]).toMatchObject({ outcome: 'failed', failure: 'upstream-failed', status: 200 })
    const refused = await gateway.post(path, formOf(Buffer.from('text'), { stream: 'true' }))
    expect(refused.status).toBe(422)
  })

  test('has an end without a word where nothing was said', async () => {
    await start((_ask, response) => void response.end('{"text":"\\n","segments":[]}'))
    const text = (await (await stream()).text()).replaceAll(': keep-alive\n\n', '')
    const { usage } = JSON.parse(text.split('\n\n').at(-3)?.replace('data: ', '') ?? '')
    expect(usage).toEqual({ type: 'duration', seconds: 1 })
  })
})
