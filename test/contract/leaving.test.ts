import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../gateway/until.ts'
import { newestUpstreamRequest } from '../gateway/upstream-requests.ts'
import { startTestGateway, type TestGateway } from '../support/test-gateway.ts'
import { dialects } from './dialects.ts'
import type { Story } from './story.ts'
import { post } from './tell.ts'

/** A client that leaves costs the model no longer than this. */
const noticedMs = 250

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    simulator: { tokensPerSecond: 100 },
    settings: 'firstEventHold: 40ms\nkeepAliveEvery: 20ms',
  })
})

afterEach(() => until(() => gateway.simulator.running === 0))

afterAll(() => gateway.stop())

/** Leaves, and waits until the model's server has noticed. */
async function expectNoticed(client: AbortController): Promise<void> {
  const asked = newestUpstreamRequest(gateway)
  expect(asked?.closedAt).toBeUndefined()
  const leftAt = Date.now()
  client.abort()
  await until(() => asked?.closedAt !== undefined)
  expect(asked?.closedBy).toBe('client')
  expect(Number(asked?.closedAt) - leftAt).toBeLessThan(noticedMs)
}

describe.for(dialects.map((speaker) => [speaker.name, speaker] as const))('a client of %s', ([, speaker]) => {
  function ask(says: string, streamed: boolean) {
    const client = new AbortController()
    const story: Story = { says, maxTokens: 500 }
    const { length } = gateway.simulator.requests
    const asking = post(gateway, speaker, speaker.ask(story, streamed), { signal: client.signal })
    asking.catch(() => undefined)
    const reached = until(() => gateway.simulator.requests.length > length && gateway.simulator.running === 1)
    return { client, asking, reached }
  }

  test('that leaves in the middle of a stream ends the model’s work', async () => {
    const { client, asking } = ask('[[words 400]]', true)
    const reader = (await asking).body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('w3')) text += (await reader?.read())?.value ?? ''
    reader?.closed.catch(() => undefined)
    await expectNoticed(client)
  })

  test('that leaves in the middle of a whole reply ends the model’s work', async () => {
    const { client, reached } = ask('[[words 400]]', false)
    await reached
    await expectNoticed(client)
  })

  test('that leaves while the model is silent ends its work', async () => {
    const { client, asking, reached } = ask('[[fault dead-engine]]', true)
    await reached
    await asking
    await expectNoticed(client)
  })
})
