import { describe, expect, test } from 'vitest'
import type { ChatEvent, FinishReason, TokenUsage } from '../../../src/chat/chat-event.ts'
import { GatewayError } from '../../../src/chat/gateway-error.ts'
import { openStream } from '../../../src/dialects/openai-responses/encode-events.ts'
import { caller, seal } from '../answering.ts'
import { proportionateMs, timeTaken } from '../time-taken.ts'
import { answerTo, createdAt, token } from './answering.ts'
import { encodeAll, readEvents, type WrittenEvent } from './read-events.ts'

const usage: TokenUsage = { promptTokens: 3, cachedTokens: 1, completionTokens: 2, reasoningTokens: 1 }
const start: ChatEvent = { type: 'start', created: 1 }

function ended(reason: FinishReason = 'stop'): ChatEvent[] {
  return [
    { type: 'finish', choice: 0, reason, stopString: null },
    { type: 'usage', usage },
  ]
}

function reasons(...pieces: string[]): ChatEvent[] {
  const deltas = pieces.map((text): ChatEvent => ({ type: 'reasoning-delta', choice: 0, text }))
  return [{ type: 'reasoning-start', choice: 0 }, ...deltas, { type: 'reasoning-end', choice: 0 }]
}

function says(...pieces: string[]): ChatEvent[] {
  const deltas = pieces.map((text): ChatEvent => ({ type: 'text-delta', choice: 0, text }))
  return [{ type: 'text-start', choice: 0 }, ...deltas, { type: 'text-end', choice: 0 }]
}

function calls(index: number, name: string, ...pieces: string[]): ChatEvent[] {
  const deltas = pieces.map((json): ChatEvent => ({ type: 'tool-call-delta', choice: 0, index, json }))
  return [
    { type: 'tool-call-start', choice: 0, index, id: `call_${index}`, name },
    ...deltas,
    { type: 'tool-call-end', choice: 0, index, complete: true },
  ]
}

async function stream(body: object, events: readonly ChatEvent[]): Promise<WrittenEvent[]> {
  const encoder = openStream(await answerTo(body), () => createdAt + 5)
  return readEvents(encodeAll(encoder, [start, ...events]))
}

/** Without what every event has. */
function fieldsOf({ type: _, sequence_number: _number, ...fields }: WrittenEvent | undefined = noEvent): object {
  return fields
}

const noEvent: WrittenEvent = { type: '', sequence_number: -1 }

function typesOf(events: readonly WrittenEvent[]): string[] {
  return events.map(({ type }) => type)
}

function find(events: readonly WrittenEvent[], type: string): object {
  return fieldsOf(events.find((event) => event.type === type))
}

const [rs, msg, fc] = [`rs_${token}_0`, `msg_${token}_0`, `fc_${token}_0`]

test('reasoning, text and a call are told in full, in order, item by item', async () => {
  const events = await stream({}, [...reasons('th'), ...says('a'), ...calls(0, 'f', '{"x":1}'), ...ended('tool-calls')])
  expect(typesOf(events)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.reasoning_text.delta',
    'response.reasoning_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ])
  const reasoning = { item_id: rs, output_index: 0, content_index: 0 }
  const text = { item_id: msg, output_index: 1, content_index: 0 }
  const part = { type: 'output_text', annotations: [], logprobs: [] }
  const message = { id: msg, type: 'message', role: 'assistant' }
  const call = { id: fc, type: 'function_call', call_id: 'call_0', name: 'f' }
  expect(events.slice(2, -1).map(fieldsOf)).toEqual([
    { output_index: 0, item: { id: rs, type: 'reasoning', status: 'in_progress', summary: [], content: [] } },
    { ...reasoning, part: { type: 'reasoning_text', text: '' } },
    { ...reasoning, delta: 'th' },
    { ...reasoning, text: 'th' },
    { ...reasoning, part: { type: 'reasoning_text', text: 'th' } },
    {
      output_index: 0,
      item: {
        id: rs,
        type: 'reasoning',
        status: 'completed',
        summary: [],
        content: [{ type: 'reasoning_text', text: 'th' }],
      },
    },
    { output_index: 1, item: { ...message, status: 'in_progress', content: [] } },
    { ...text, part: { ...part, text: '' } },
    { ...text, delta: 'a', logprobs: [] },
    { ...text, text: 'a', logprobs: [] },
    { ...text, part: { ...part, text: 'a' } },
    { output_index: 1, item: { ...message, status: 'completed', content: [{ ...part, text: 'a' }] } },
    { output_index: 2, item: { ...call, status: 'in_progress', arguments: '' } },
    { item_id: fc, output_index: 2, delta: '{"x":1}' },
    { item_id: fc, output_index: 2, name: 'f', arguments: '{"x":1}' },
    { output_index: 2, item: { ...call, status: 'completed', arguments: '{"x":1}' } },
  ])
})

test('the last event repeats all items, with usage in numbers', async () => {
  const events = await stream({}, [...reasons('th'), ...says('a', 'b'), ...ended()])
  const { response } = find(events, 'response.completed') as { response: { output: unknown[] } }
  expect(response).toMatchObject({
    id: `resp_${token}`,
    status: 'completed',
    created_at: createdAt,
    completed_at: createdAt + 5,
    model: 'gemma4',
    usage: {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 1 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 5,
    },
  })
  const done = events.filter(({ type }) => type === 'response.output_item.done')
  expect(response.output).toEqual(done.map(({ item }) => item))
})

test('usage is in numbers also where the model server told none', async () => {
  const events = await stream({}, [...says('a'), { type: 'finish', choice: 0, reason: 'stop', stopString: null }])
  expect(find(events, 'response.completed')).toMatchObject({
    response: { usage: { input_tokens: 0, input_tokens_details: { cached_tokens: 0 } } },
  })
})

test('every field of a response is there from the first event on', async () => {
  const events = await stream({}, ended())
  const { response } = find(events, 'response.created') as { response: object }
  const fields =
    'id object created_at completed_at status background error incomplete_details model output instructions ' +
    'max_output_tokens max_tool_calls previous_response_id prompt_cache_key safety_identifier user metadata ' +
    'parallel_tool_calls reasoning service_tier store temperature text tool_choice tools top_logprobs top_p ' +
    'presence_penalty frequency_penalty truncation usage'
  expect(Object.keys(response).sort()).toEqual(fields.split(' ').sort())
  expect(response).toMatchObject({ status: 'in_progress', output: [], temperature: 0.7, top_p: 0.9, tools: [] })
})

test('a summary is the reasoning itself, where one is asked for', async () => {
  const events = await stream({ reasoning: { summary: 'auto' } }, [...reasons('a', 'b'), ...ended()])
  const summary = { item_id: rs, output_index: 0, summary_index: 0 }
  const told = events.filter(({ type }) => type.includes('summary'))
  expect(told.map(({ type, sequence_number: _, ...fields }) => [type, fields])).toEqual([
    ['response.reasoning_summary_part.added', { ...summary, part: { type: 'summary_text', text: '' } }],
    ['response.reasoning_summary_text.delta', { ...summary, delta: 'a' }],
    ['response.reasoning_summary_text.delta', { ...summary, delta: 'b' }],
    ['response.reasoning_summary_text.done', { ...summary, text: 'ab' }],
    ['response.reasoning_summary_part.done', { ...summary, part: { type: 'summary_text', text: 'ab' } }],
  ])
  expect(find(events, 'response.output_item.done')).toMatchObject({
    item: { summary: [{ type: 'summary_text', text: 'ab' }] },
  })
})

test('reasoning is sealed where that is included, the same text in every event', async () => {
  const body = { include: ['reasoning.encrypted_content'] }
  const events = await stream(body, [...reasons('secret'), ...ended()])
  const { item } = find(events, 'response.output_item.done') as { item: { encrypted_content: string } }
  expect(seal.open(item.encrypted_content, caller.keyId)).toBe('secret')
  expect(find(events, 'response.completed')).toMatchObject({ response: { output: [item] } })
})

test.each([
  ['length', 'max_output_tokens'],
  ['content-filter', 'content_filter'],
] as const)('an answer that ends by %s is incomplete, and so is its last item alone', async (reason, told) => {
  const events = await stream({}, [...reasons('th'), ...says('a'), ...ended(reason)])
  expect(find(events, 'response.incomplete')).toMatchObject({
    response: {
      status: 'incomplete',
      incomplete_details: { reason: told },
      completed_at: null,
      output: [
        { type: 'reasoning', status: 'completed' },
        { type: 'message', status: 'incomplete' },
      ],
    },
  })
  expect(typesOf(events)).not.toContain('response.completed')
})

test('a call that was cut before its arguments has none', async () => {
  const events = await stream({}, [...calls(0, 'f'), ...ended('length')])
  expect(typesOf(events)).not.toContain('response.function_call_arguments.delta')
  expect(find(events, 'response.function_call_arguments.done')).toMatchObject({ arguments: '' })
  expect(find(events, 'response.output_item.done')).toMatchObject({ item: { status: 'incomplete', arguments: '' } })
})

test('a custom tool is told with its input in one piece', async () => {
  const body = { tools: [{ type: 'custom', name: 'c' }] }
  const events = await stream(body, [...calls(0, 'c', '{"inp', 'ut":"a\\n', 'b"}'), ...ended('tool-calls')])
  const id = `ctc_${token}_0`
  const item = { id, type: 'custom_tool_call', call_id: 'call_0', name: 'c' }
  expect(events.slice(2, -1).map(fieldsOf)).toEqual([
    { output_index: 0, item: { ...item, status: 'in_progress', input: '' } },
    { item_id: id, output_index: 0, delta: 'a\nb' },
    { item_id: id, output_index: 0, input: 'a\nb' },
    { output_index: 0, item: { ...item, status: 'completed', input: 'a\nb' } },
  ])
})

test('log probabilities come with their piece of text, and all of them at its end', async () => {
  const token = (text: string) => ({ token: text, logprob: -1, bytes: null, top_logprobs: [] })
  const logprobs = (text: string): ChatEvent => ({ type: 'logprobs', choice: 0, tokens: [token(text)] })
  const [begin, first, second, end] = says('a', 'b') as [ChatEvent, ChatEvent, ChatEvent, ChatEvent]
  const events = await stream({}, [
    begin,
    logprobs('a'),
    first,
    logprobs('b'),
    second,
    end,
    logprobs('<turn|>'),
    ...ended(),
  ])
  const deltas = events.filter(({ type }) => type === 'response.output_text.delta')
  expect(deltas.map(({ logprobs }) => logprobs)).toEqual([[token('a')], [token('b')]])
  const all = [token('a'), token('b'), token('<turn|>')]
  expect(find(events, 'response.output_text.done')).toMatchObject({ logprobs: all })
  expect(find(events, 'response.completed')).toMatchObject({ response: { output: [{ content: [{ logprobs: all }] }] } })
})

describe('silence', () => {
  test('is first broken by the beginning, which needs nothing of the model, and then by keep-alives', async () => {
    const encoder = openStream(await answerTo(), () => createdAt)
    const frames = [encoder.keepAlive(), encoder.keepAlive(), encodeAll(encoder, [start, ...says('a'), ...ended()])]
    const events = readEvents(frames.join(''))
    expect(typesOf(events).slice(0, 4)).toEqual([
      'response.created',
      'response.in_progress',
      'keepalive',
      'response.output_item.added',
    ])
  })
})

describe('a failure', () => {
  async function fail(error: GatewayError, before: readonly ChatEvent[]): Promise<WrittenEvent[]> {
    const encoder = openStream(await answerTo(), () => createdAt)
    return readEvents(before.map((event) => encoder.encode(event)).join('') + encoder.fail(error))
  }

  test('is told in both forms of an error, and by a response that has failed', async () => {
    const error = new GatewayError('upstream-failed', 'It broke.')
    const events = await fail(error, [start, ...says('a').slice(0, 2)])
    const told = { code: 'server_error', message: 'It broke.' }
    expect(events.slice(-2).map(fieldsOf)).toEqual([
      { ...told, param: null, error: { ...told, type: 'server_error', param: null } },
      {
        response: expect.objectContaining({
          status: 'failed',
          error: told,
          output: [expect.objectContaining({ type: 'message', status: 'incomplete' })],
          usage: expect.objectContaining({ total_tokens: 0 }),
        }),
      },
    ])
    expect(typesOf(events).slice(-2)).toEqual(['error', 'response.failed'])
  })

  test('before the first event has the beginning before it', async () => {
    const events = await fail(new GatewayError('timeout', 'Too late.'), [])
    expect(typesOf(events)).toEqual(['response.created', 'response.in_progress', 'error', 'response.failed'])
  })

  test.each([
    [new GatewayError('context-overflow', 'Too long.'), { code: 'context_length_exceeded', message: 'Too long.' }],
    [
      new GatewayError('rate-limited', 'Slowly.', { retryAfterSeconds: 3 }),
      { code: 'rate_limit_exceeded', message: 'Slowly. Please try again in 3s.' },
    ],
  ])('%s has the code that Codex acts upon', async (error, told) => {
    expect((await fail(error, [start])).at(-1)).toMatchObject({ response: { error: told } })
  })
})

test('very many log probabilities that belong to no text cost no more than they are long', async () => {
  const encoder = openStream(await answerTo({ top_logprobs: 1 }), () => createdAt)
  const token = { token: 't', logprob: -1, bytes: null, top_logprobs: [] }
  const silent: ChatEvent = { type: 'logprobs', choice: 0, tokens: [token] }
  const took = timeTaken(() => {
    for (let count = 0; count < 100_000; count++) encoder.encode(silent)
  })
  expect(took).toBeLessThan(proportionateMs)
})
