import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import { answerFor, stories, weather } from './stories.ts'
import type { Story, Told } from './story.ts'
import { type Answered, can, tell } from './tell.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})

afterAll(() => gateway.stop())

/** Ids are new with every answer. */
function saidBy({ reasoning, text, calls, finish }: Told) {
  return { reasoning, text, calls: calls.map(({ name, args }) => ({ name, args })), finish }
}

function expectHeaders({ response: { headers } }: Answered, type: string, { maxTokens }: Story): void {
  expect(headers.get('content-type')).toBe(type)
  expect(headers.get('x-request-id')).toMatch(/^req_\w+$/)
  expect(headers.get('x-gateway-max-tokens')).toBe(String(maxTokens))
  expect(headers.get('content-encoding')).toBeNull()
}

describe.for(dialects.map((speaker) => [speaker.name, speaker] as const))('%s tells', ([, speaker]) => {
  const known = stories.filter(({ needs }) => can(speaker, needs)).map((story) => [story.name, story] as const)

  test.for(known)('%s, and the same whole and streamed', async ([, story]) => {
    const whole = await tell(gateway, speaker, story.story, false)
    const streamed = await tell(gateway, speaker, story.story, true)
    expect(saidBy(whole.told)).toEqual(answerFor(speaker, story))
    expect(saidBy(streamed.told)).toEqual(saidBy(whole.told))
    expect(streamed.told.usage).toEqual(whole.told.usage)
    expect(streamed.told.keepAlives).toBe(0)
    expectHeaders(whole, 'application/json; charset=utf-8', story.story)
    expectHeaders(streamed, speaker.streamType, story.story)
    expect(new Set(whole.told.calls.map(({ id }) => id)).size).toBe(whole.told.calls.length)
  })

  test.runIf(can(speaker, ['tools'])).for([
    ['before its arguments', 4],
    ['within them', 6],
  ] as const)('a call that is cut by its length %s as cut, whole and streamed', async ([, maxTokens]) => {
    const says = '[[call get_weather {"city": "Llanfairpwllgwyngyll"}]]'
    const { whole, streamed } = await tellBoth({ says, tools: [weather], maxTokens })
    expect(whole.told.finish).toBe('length')
    expect(whole.told.usage?.completion).toBe(maxTokens)
    expect(saidBy(streamed.told)).toEqual(saidBy(whole.told))
    expect(streamed.told.usage).toEqual(whole.told.usage)
    expect(JSON.stringify(whole.told.calls)).not.toContain('gyngyll')
  })

  test.runIf(can(speaker, ['tools'])).for(['{city: "Paris"}', '["Paris"]', '{"city": "Paris'])(
    'a call that nothing cut as the mistake of the model’s that it is, whole and streamed: %s',
    async (written) => {
      const story = { says: `[[call get_weather ${written}]]`, tools: [weather], maxTokens: 200 }
      const { whole, streamed } = await tellBoth(story)
      expect(whole.told.finish).toBe(speaker.tellFinish('malformed-call', story))
      expect(saidBy(streamed.told)).toEqual(saidBy(whole.told))
    },
  )

  async function tellBoth(story: Story): Promise<{ whole: Answered; streamed: Answered }> {
    return { whole: await tell(gateway, speaker, story, false), streamed: await tell(gateway, speaker, story, true) }
  }
})

const quick = stories.filter(({ story }) => !story.says.includes('[[fault drip]]'))

test.for(quick.map((story) => [story.name, story] as const))(
  '%s costs the same in every dialect',
  async ([, { needs, story }]) => {
    const speakers = dialects.filter((speaker) => can(speaker, needs))
    const answers = await Promise.all(speakers.map((speaker) => tell(gateway, speaker, story, true)))
    const [first, ...others] = answers.map(({ told }) => told.usage)
    expect(first?.completion).toBeGreaterThan(0)
    for (const other of others) expect(other).toEqual(first)
  },
)
