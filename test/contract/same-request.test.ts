import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import type { Speaker } from './speakers/speaker.ts'
import { stories, time, weather } from './stories.ts'
import type { Story, ToldCall } from './story.ts'
import { answered, can, tell } from './tell.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

const both = [false, true] as const

type Sent = Readonly<Record<string, unknown>>

/** The one request that reached the model. */
function only(sent: readonly Sent[]): Sent {
  const [first, ...others] = sent
  if (first === undefined || others.length > 0) throw new Error(`The model was asked ${sent.length} times.`)
  return first
}

describe.for(both)('streamed: %s', (streamed) => {
  const told = stories.filter(({ story }) => !story.says.includes('[[fault drip]]'))

  test.for(told.map((story) => [story.name, story] as const))(
    'the model is asked the same in every dialect for %s',
    async ([, { needs, story }]) => {
      const speakers = dialects.filter((speaker) => can(speaker, needs))
      const sent = await Promise.all(
        speakers.map(async (speaker) => [speaker.name, only((await tell(gateway, speaker, story, streamed)).sent)]),
      )
      const [first] = sent
      for (const [name, body] of sent) expect([name, body]).toEqual([name, first?.[1]])
    },
  )
})

describe('a tool loop', () => {
  const story: Story = {
    says: '[[think I need both]][[call get_weather {"city": "Paris"}]][[call get_time {"city": "Paris"}]]',
    system: 'Use your tools.',
    thinks: true,
    tools: [weather, time],
    maxTokens: 200,
  }
  const speakers = dialects.filter((speaker) => can(speaker, ['tools', 'thinking']))
  const said = { get_weather: 'sunny', get_time: '{"hour": 12}' }

  /** Goes through the loop as a client does: what it sends back is the answer in the dialect's own form. */
  async function loop(speaker: Speaker, streamed: boolean) {
    const first = await tell(gateway, speaker, story, streamed)
    const results = first.told.calls.map((call) => ({ call, text: textFor(call) }))
    return answered(gateway, speaker, speaker.goOn(first.letter, first.told, results), streamed)
  }

  function textFor({ name }: ToldCall): string {
    return name === 'get_weather' ? said.get_weather : said.get_time
  }

  const message = z.looseObject({ tool_calls: z.array(z.looseObject({ id: z.string() })).optional() })

  /** Ids are each dialect's own: here they are numbered. */
  function numbered(sent: Sent): unknown {
    const messages = z.array(message).parse(sent['messages'])
    const ids = messages.flatMap(({ tool_calls: calls = [] }) => calls.map(({ id }) => id))
    return ids.reduce((text, id, index) => text.replaceAll(id, `call-${index}`), JSON.stringify(sent))
  }

  test.for(both.flatMap((streamed) => speakers.map((speaker) => [speaker.name, streamed, speaker] as const)))(
    'of %s shows the model its calls, what led to them, and the results, streamed: %s',
    async ([, streamed, speaker]) => {
      const { told, sent } = await loop(speaker, streamed)
      expect(told.finish).toBe('stop')
      expect(told.text).toContain('the tools said get_weather "sunny", get_time "{"hour": 12}"')
      expect(only(sent)['messages']).toEqual([
        { role: 'system', content: 'Use your tools.' },
        { role: 'user', content: story.says },
        {
          role: 'assistant',
          content: null,
          reasoning: 'I need both',
          tool_calls: [
            {
              id: expect.stringMatching(/^[\w-]+$/),
              type: 'function',
              function: { name: 'get_weather', arguments: expect.stringMatching(/^\{"city": ?"Paris"\}$/) },
            },
            expect.objectContaining({
              function: { name: 'get_time', arguments: expect.stringMatching(/^\{"city": ?"Paris"\}$/) },
            }),
          ],
        },
        { role: 'tool', tool_call_id: expect.any(String), content: 'sunny' },
        { role: 'tool', tool_call_id: expect.any(String), content: '{"hour": 12}' },
      ])
    },
  )

  test.for(both)('asks the model the same in every dialect, streamed: %s', async (streamed) => {
    const bodies = await Promise.all(
      speakers.map(async (speaker) => numbered(only((await loop(speaker, streamed)).sent))),
    )
    const [first, ...others] = bodies.map((body) => String(body).replaceAll('{\\"city\\": ', '{\\"city\\":'))
    for (const other of others) expect(JSON.parse(other)).toEqual(JSON.parse(first ?? ''))
  })
})
