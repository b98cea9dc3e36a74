import { describe, expect, test } from 'vitest'
import { decodeRequest } from '../../../src/dialects/legacy-chat/decode-request.ts'
import { failureNow } from '../../chat/failure-of.ts'
import { policy } from '../policy.ts'

const full = {
  prompt: 'Hi',
  system_prompt: 'Be brief.',
  temperature: 0.2,
  max_tokens: 5,
  enable_thinking: true,
  stream: true,
}

test('a prompt alone gets the defaults of the service', () => {
  expect(decodeRequest({ prompt: 'Hi' }, policy)).toEqual({
    request: {
      messages: [{ role: 'user', content: 'Hi' }],
      max_completion_tokens: 1024,
      temperature: 0.7,
      top_p: 0.9,
      top_k: 40,
      chat_template_kwargs: { enable_thinking: false },
    },
    streamed: false,
    echo: null,
  })
})

test('every field of the contract counts, and no other', () => {
  expect(decodeRequest({ ...full, top_p: 0.1, n: 3, messages: [], model: 'x' }, policy)).toEqual({
    request: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      max_completion_tokens: 5,
      temperature: 0.2,
      top_p: 0.9,
      top_k: 40,
      chat_template_kwargs: { enable_thinking: true },
    },
    streamed: true,
    echo: null,
  })
})

test('a field that is null counts as absent, and so does a system prompt of nothing', () => {
  const nulls = { ...Object.fromEntries(Object.keys(full).map((name) => [name, null])), prompt: 'Hi' }
  expect(decodeRequest(nulls, policy)).toEqual(decodeRequest({ prompt: 'Hi' }, policy))
  expect(decodeRequest({ prompt: 'Hi', system_prompt: '' }, policy).request.messages).toHaveLength(1)
})

test('the limit of the reply is lowered to the cap of the service', () => {
  expect(decodeRequest({ ...full, max_tokens: 100_000 }, policy).request.max_completion_tokens).toBe(8192)
})

describe('refused by its name is', () => {
  test.each<[string, unknown]>([
    ['prompt', undefined],
    ['prompt', ''],
    ['prompt', ['a', 'b']],
    ['prompt', [1, 2, 3]],
    ['system_prompt', 5],
    ['temperature', 3],
    ['max_tokens', 0],
    ['max_tokens', 1.5],
    ['enable_thinking', 'yes'],
    ['stream', 1],
  ])('%s that is %j', (field, value) => {
    const failure = failureNow(() => decodeRequest({ ...full, [field]: value }, policy))
    expect(failure).toMatchObject({ kind: 'invalid-request', field })
  })

  test('a dangerous field', () => {
    const failure = failureNow(() => decodeRequest({ ...full, chat_template: 'x' }, policy))
    expect(failure).toMatchObject({ kind: 'unsupported-field', field: 'chat_template' })
  })
})
