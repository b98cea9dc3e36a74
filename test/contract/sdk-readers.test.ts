import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import { sdkReaders } from './sdk-readers.ts'
import { stories, time, weather } from './stories.ts'
import type { Story } from './story.ts'
import { can, exchange, tell } from './tell.ts'

/** Opens a silent stream after 20 ms, and says something every 10 ms. */
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ settings: 'firstEventHold: 20ms\nkeepAliveEvery: 10ms' })
})

afterAll(() => gateway.stop())

function speakerOf(dialect: string) {
  const speaker = dialects.find(({ name }) => name === dialect)
  if (speaker === undefined) throw new Error(`Nobody speaks ${dialect}.`)
  return speaker
}

describe.for(sdkReaders.map((reader) => [reader.name, reader.dialect, reader] as const))(
  '%s reads %s',
  ([, , reader]) => {
    const speaker = speakerOf(reader.dialect)
    const known = stories.filter(({ needs, story }) => can(speaker, needs) && !story.says.includes('[[fault drip]]'))

    test.for(known.map((story) => [story.name, story] as const))('%s, as it was told', async ([, { story }]) => {
      const { text, told } = await tell(gateway, speaker, story, true)
      const calls = told.calls.map(({ name, args }) => ({ name, args }))
      expect(await reader.read(text)).toEqual({ text: told.text, calls })
    })

    test('a stream that was kept open while the model was reading', async () => {
      const story = { says: '[[say Hi]][[fault slow-first 150]]', maxTokens: 9 }
      const { text, told } = await tell(gateway, speaker, story, true)
      expect(told.keepAlives).toBeGreaterThan(0)
      expect(await reader.read(text)).toEqual({ text: 'Hi', calls: [] })
    })

    test('a stream that broke at any event as a failure, and never as an answer', async () => {
      const says = '[[think a b]][[say c d]][[call get_weather {"city": "Paris"}]]'
      const story: Story = { says, thinks: true, tools: [weather, time], maxTokens: 99 }
      let broken = 0
      for (let events = 1; events < 20; events++) {
        const letter = speaker.ask({ ...story, says: `${says}[[fault cut ${events}]]` }, true)
        const { response, text } = await exchange(gateway, speaker, letter)
        if (response.status !== 200 || speaker.readStream(text).error === null) continue
        await expect(reader.read(text), text).rejects.toThrow()
        broken++
      }
      expect(broken).toBeGreaterThan(5)
    })
  },
)
