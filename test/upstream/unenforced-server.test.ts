import { describe, expect, test } from 'vitest'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { asks, tool } from './chat-requests.ts'
import { chatPath, replyOf, runUpstream } from './running-upstream.ts'

const tools = [tool('get_weather'), tool('get_time')]
const named = { type: 'function', function: { name: 'get_weather' } } as const

describe('against a server that does not enforce it,', () => {
  test('a named call is made, because it is asked for in words', async () => {
    const { ask, asked } = await runUpstream()
    const reply = replyOf(await ask(asks('What now?', { tools, tool_choice: named })))
    expect(reply.choices).toMatchObject([{ toolCalls: [{ name: 'get_weather' }], finish: { reason: 'tool-calls' } }])
    expect(asked(chatPath)[0]?.body).toMatchObject({ tool_choice: 'auto' })
  })

  test('a call that never comes is a failure after two tries, both of them accounted for', async () => {
    const { ask, asked } = await runUpstream()
    const visit = openVisit()
    const failure = await failureOf(() => ask(asks('[[say no]]', { tools, tool_choice: 'required' }), visit))
    expect(failure.kind).toBe('upstream-failed')
    expect(asked(chatPath)).toHaveLength(2)
    let alone = 0
    for (const { body } of asked(chatPath)) {
      const once = openVisit()
      // What reached the server is a request in the house's own language.
      await (await runUpstream()).ask(body as ChatRequest, once)
      alone += once.entry.usage?.promptTokens ?? 0
    }
    expect(visit.entry.usage?.promptTokens).toBe(alone)
  })
})
