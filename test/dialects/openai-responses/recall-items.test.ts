import { beforeEach, describe, expect, test } from 'vitest'
import type { ChatReply } from '../../../src/chat/chat-reply.ts'
import type { Answer } from '../../../src/dialects/dialect.ts'
import type { ResponsesEcho } from '../../../src/dialects/openai-responses/echo.ts'
import { createOpenaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { failureOf } from '../../chat/failure-of.ts'
import { caller, seal } from '../answering.ts'
import { policy } from '../policy.ts'
import { createMemoryStore } from './answering.ts'

let store: ReturnType<typeof createMemoryStore>
let dialect: ReturnType<typeof createOpenaiResponses>

beforeEach(() => {
  store = createMemoryStore()
  dialect = createOpenaiResponses({ store })
})

function replyOf(text: string, reasoning = 'Hm', json = '{}'): ChatReply {
  const finish = { reason: 'stop', stopString: null } as const
  const toolCalls = [{ id: 'call_1', name: 'f', json }]
  const usage = { promptTokens: 1, cachedTokens: 0, completionTokens: 1, reasoningTokens: 0 }
  return { created: 1, choices: [{ index: 0, reasoning, text, toolCalls, logprobs: null, finish }], usage }
}

async function decode(body: object, by = caller) {
  const asked = { body, path: '', query: {}, headers: {} }
  return dialect.decode(asked, { policy, caller: by, seal })
}

/** A whole turn; resolves with the response that was told. */
async function turn(
  body: object,
  ...said: Parameters<typeof replyOf>
): Promise<{ id: string; output: { id: string; type: string }[] }> {
  const { echo } = await decode(body)
  const answer: Answer<ResponsesEcho> = { echo, requestId: 'req_1', model: 'gemma4', caller, seal }
  await dialect.remember?.(answer)?.(replyOf(...said))
  return JSON.parse(dialect.encodeReply(replyOf(...said), answer))
}

const output = { type: 'function_call_output', call_id: 'call_1', output: 'ok' }

test('a conversation goes on from the id of its last response, however long it is', async () => {
  const first = await turn({ input: 'one', instructions: 'Be kind.' }, 'two')
  const second = await turn({ input: [output], previous_response_id: first.id }, 'three')
  const { request } = await decode({
    input: [output, { role: 'user', content: 'four' }],
    previous_response_id: second.id,
  })
  const tool = { role: 'tool', tool_call_id: 'call_1', content: 'ok' }
  expect(request.messages).toMatchObject([
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two', reasoning: 'Hm' },
    tool,
    { role: 'assistant', content: 'three' },
    tool,
    { role: 'user', content: 'four' },
  ])
})

test('a conversation goes on where its first response is gone', async () => {
  const first = await turn({ input: 'one' }, 'two')
  const second = await turn({ input: [output], previous_response_id: first.id }, 'three')
  await store.remove(caller.keyId, first.id)
  expect((await decode({ input: [output], previous_response_id: second.id })).request.messages).toHaveLength(5)
})

test.for([
  ['broke off', '{"city": "Par', '{"city": "Par"}'],
  ['were no object’s', '["Paris"]', '{}'],
] as const)(
  'a conversation goes on after a call whose arguments %s, alike kept, referred to and sent again',
  async ([, written, json]) => {
    const { id, output: items } = await turn({ input: 'one' }, 'two', 'Hm', written)
    const references = items.map((item) => ({ type: 'item_reference', id: item.id }))
    const user = { role: 'user', content: 'one' }
    const bodies = [
      { input: [output], previous_response_id: id },
      { input: [user, ...references, output] },
      { input: [user, ...items, output] },
    ]
    for (const body of bodies) {
      const { request } = await decode(body)
      expect(request.messages).toEqual([
        user,
        {
          role: 'assistant',
          content: 'two',
          reasoning: 'Hm',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: json } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
      ])
    }
  },
)

test('a response of another key is not found', async () => {
  const { id } = await turn({ input: 'one' }, 'two')
  const other = { ...caller, keyId: 'key-2' }
  const failure = await failureOf(() => decode({ input: 'Hi', previous_response_id: id }, other))
  expect(failure).toMatchObject({ kind: 'invalid-request', field: 'previous_response_id' })
})

test('an id that cannot be ours is not looked up, nor repeated', async () => {
  const failure = await failureOf(() => decode({ input: 'Hi', previous_response_id: 'resp_1\nsecret' }))
  expect(failure.message).not.toContain('secret')
})

test('what an unknown version kept is not found', async () => {
  const { id } = await turn({ input: 'one' }, 'two')
  store.texts.set(`${caller.keyId} ${id}`, '{"items":[]}')
  const failure = await failureOf(() => decode({ input: 'Hi', previous_response_id: id }))
  expect(failure).toMatchObject({ field: 'previous_response_id' })
})

test('nothing is kept, and the answer says so, where the request or the owner wants it so', async () => {
  const closed = createOpenaiResponses({ store: undefined })
  const asked = { body: { input: 'one' }, path: '', query: {}, headers: {} }
  const { echo } = await closed.decode(asked, { policy, caller, seal })
  expect(echo).toMatchObject({ kept: undefined, repeated: { store: false } })
  await turn({ input: 'one', store: false }, 'two')
  expect(store.texts.size).toBe(0)
})

describe('a reference', () => {
  const reference = (id: string | undefined) => ({ type: 'item_reference', id })

  test('stands for the item, as the AI SDK sends it back', async () => {
    const { output: items } = await turn({ input: 'one' }, 'two')
    const ids = items.map(({ id }) => id)
    const { request } = await decode({ input: [{ role: 'user', content: 'one' }, ...ids.map(reference), output] })
    expect(request.messages).toMatchObject([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two', reasoning: 'Hm', tool_calls: [{ id: 'call_1' }] },
      { role: 'tool', content: 'ok' },
    ])
  })

  test('is found in the newest response, that holds all that led to it, in one look-up', async () => {
    const first = await turn({ input: 'one' }, 'two')
    const second = await turn({ input: [output], previous_response_id: first.id }, 'three')
    await store.remove(caller.keyId, first.id)
    const [before, after] = [first, second].map((response) => response.output.map(({ id }) => reference(id)))
    expect(
      (await decode({ input: [...(before ?? []), output, ...(after ?? []), output] })).request.messages,
    ).toMatchObject([
      { role: 'assistant', content: 'two' },
      { role: 'tool', content: 'ok' },
      { role: 'assistant', content: 'three' },
      { role: 'tool', content: 'ok' },
    ])
  })

  test('counts once, however often it is there', async () => {
    const { output: items } = await turn({ input: 'one' }, 'two')
    const ids = items.map(({ id }) => id)
    const { request } = await decode({ input: [...ids, ...ids, ...ids].map(reference) })
    expect(request.messages).toMatchObject([{ role: 'assistant', content: 'two' }, { role: 'tool' }])
  })

  test('may lead to what the caller sent', async () => {
    const { id } = await turn({ input: 'one' }, 'two')
    const listed = JSON.parse(String(store.texts.get(`${caller.keyId} ${id}`)))
    const { request } = await decode({ input: [{ id: listed.input[0].id }] })
    expect(request.messages).toEqual([{ role: 'user', content: 'one' }])
  })

  test('to reasoning that is gone is left out, to anything else refused', async () => {
    const gone = 'cd'.repeat(24)
    const user = { role: 'user', content: 'Hi' }
    expect((await decode({ input: [reference(`rs_${gone}_0`), user] })).request.messages).toHaveLength(1)
    const failure = await failureOf(() => decode({ input: [user, reference(`msg_${gone}_0`)] }))
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'input[1].id' })
    expect(failure.message).toContain(`msg_${gone}_0`)
  })

  test('to another key’s item is refused', async () => {
    const { output: items } = await turn({ input: 'one' }, 'two')
    const other = { ...caller, keyId: 'key-2' }
    const failure = await failureOf(() => decode({ input: [reference(items[1]?.id)] }, other))
    expect(failure).toMatchObject({ field: 'input[0].id' })
  })

  test('cannot make the gateway read without end', async () => {
    const tokens = Array.from({ length: 9 }, (_, index) => index.toString(16).padStart(48, '0'))
    const input = tokens.map((token) => reference(`rs_${token}_0`))
    expect(await failureOf(() => decode({ input }))).toMatchObject({ kind: 'invalid-request', field: 'input' })
  })
})
