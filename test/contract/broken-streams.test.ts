import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import { type Failure, failureWords, wordInStream } from './failure-words.ts'
import type { Speaker } from './speakers/speaker.ts'
import { time, weather } from './stories.ts'
import type { Story, Told } from './story.ts'
import { can, exchange, tell } from './tell.ts'

/** Opens a silent stream after 40 ms, and says something every 20 ms. */
let gateway: TestGateway
/** Holds the status for as long as nobody waits. */
let patient: TestGateway
/** Its model makes 500 tokens a second, so that an answer is not told at once. */
let steady: TestGateway

beforeAll(async () => {
  const timeouts = 'timeouts: { firstEvent: 900ms, idle: 300ms }'
  const settings = `keepAliveEvery: 20ms\nservices: [{ upstreams: ['$VLLM'], ${timeouts} }]`
  gateway = await startTestGateway({ settings: `firstEventHold: 40ms\n${settings}` })
  patient = await startTestGateway({ settings })
  steady = await startTestGateway({ simulator: { tokensPerSecond: 500 } })
})

afterAll(() => Promise.all([gateway.stop(), patient.stop(), steady.stop()]))

const maxTokens = 100

function expectBroken({ family }: Speaker, told: Told, failure: Failure): void {
  expect(told.error).toMatchObject({ word: wordInStream(failure, family), message: expect.any(String) })
  expect(told.error?.message).not.toMatch(/Internal ?server ?error|EngineCore|simulated/i)
  expect(told.finish).toBeNull()
}

describe.for(dialects.map((speaker) => [speaker.name, speaker] as const))('a stream of %s', ([, speaker]) => {
  test('is kept open while the model reads, in the dialect’s own form, and then is answered', async () => {
    const story = { says: '[[say Hi]][[fault slow-first 250]]', maxTokens }
    const { text, told } = await tell(gateway, speaker, story, true)
    expect(text).toMatch(speaker.keepAlive)
    const before = speaker.keepAlive.exec(text)?.[0] ?? ''
    expect(before.split('\n').length).toBeGreaterThan(3)
    expect(told).toMatchObject({ text: 'Hi', error: null })
    expect(told.usage?.completion).toBeGreaterThan(0)
  })

  test('is kept open while the model is silent in the middle, and fails in the end', async () => {
    const { told } = await tell(gateway, speaker, { says: '[[words 9]][[fault hang-after 4]]', maxTokens }, true)
    expect(told.text).toBe('w1 w2 w3')
    expect(told.keepAlives).toBeGreaterThan(2)
    expectBroken(speaker, told, 'a model server that is silent')
  })

  test('that fails before its first event has the failure’s status', async () => {
    const letter = speaker.ask({ says: '[[fault error-in-stream 0]]', maxTokens }, true)
    const { response, text } = await exchange(patient, speaker, letter)
    const [status, word] = failureWords['a model server that fails'][speaker.family]
    expect(response.status).toBe(status)
    expect(speaker.readError(text).word).toBe(word)
  })

  test('that fails before its first event, but after it was opened, tells the failure and nothing else', async () => {
    const story = { says: '[[fault slow-first 150]][[fault error-in-stream 0]]', maxTokens }
    const { told } = await tell(gateway, speaker, story, true)
    expect(told).toMatchObject({ text: '', reasoning: '', calls: [] })
    expectBroken(speaker, told, 'a model server that fails')
  })

  test('that opens and is never begun tells that time is up', async () => {
    const { told } = await tell(gateway, speaker, { says: '[[fault dead-engine]]', maxTokens }, true)
    expect(told.text).toBe('')
    expectBroken(speaker, told, 'a model server that is silent')
  })

  test.for(['cut 10', 'reset-after 3000', 'error-in-stream 10', 'abort', 'repetition'])(
    'that breaks after its first event (%s) tells what came, and the failure, and never ends well',
    async (fault) => {
      const { told } = await tell(steady, speaker, { says: `[[words 30]][[fault ${fault}]]`, maxTokens }, true)
      expect(told.text).toMatch(/^w1 w2 /)
      expectBroken(speaker, told, 'a model server that fails')
    },
  )

  test.runIf(can(speaker, ['thinking', 'tools']))(
    'that breaks at any event of thinking, text and calls stays within the grammar',
    async () => {
      const says = '[[think a b]][[say c d]][[call get_weather {"city": "Paris"}]][[call get_time {"city": "Rome"}]]'
      const story: Story = { says, thinks: true, tools: [weather, time], maxTokens }
      const whole = await tell(patient, speaker, story, true)
      let broken = 0
      for (let events = 1; events < 40; events++) {
        const letter = speaker.ask({ ...story, says: `${says}[[fault cut ${events}]]` }, true)
        const { response, text } = await exchange(patient, speaker, letter)
        if (response.status !== 200) continue
        const told = speaker.readStream(text)
        expect(whole.told.reasoning).toContain(told.reasoning)
        expect(whole.told.text).toContain(told.text)
        if (told.error === null) expect(told.finish).toBe('tool-calls')
        else broken++
      }
      expect(broken).toBeGreaterThan(8)
    },
  )
})
