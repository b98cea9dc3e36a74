import { describe, expect, test } from 'vitest'
import type { ChatChoice } from '../../../src/chat/chat-reply.ts'
import type { GeminiEcho } from '../../../src/dialects/gemini/decode-request.ts'
import { encodeReply } from '../../../src/dialects/gemini/encode-reply.ts'
import { createToolNames } from '../../../src/dialects/tool-names.ts'
import { caller, seal } from '../answering.ts'
import { answer, type Told } from './answer.ts'

const usage = { promptTokens: 9, cachedTokens: 4, completionTokens: 8, reasoningTokens: 3 }

function choice(rest: Partial<ChatChoice> = {}): ChatChoice {
  const finish = { reason: 'stop', stopString: null } as const
  return { index: 0, reasoning: '', text: '', toolCalls: [], logprobs: null, finish, ...rest }
}

function finished(reason: ChatChoice['finish']['reason']): Partial<ChatChoice> {
  return { finish: { reason, stopString: null } }
}

function told(choices: ChatChoice | readonly ChatChoice[], echo: Partial<GeminiEcho> = {}): Told {
  const all = [choices].flat()
  return JSON.parse(encodeReply({ created: 1, choices: all, usage }, answer(echo)))
}

function partsOf(rest: Partial<ChatChoice>, echo: Partial<GeminiEcho> = {}): Told[] {
  return told(choice(rest), echo).candidates[0].content.parts
}

test('a reply is this', () => {
  expect(told(choice({ text: 'Hello' }))).toEqual({
    candidates: [{ content: { parts: [{ text: 'Hello' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: {
      promptTokenCount: 9,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 3,
      totalTokenCount: 17,
    },
    modelVersion: 'gemini-3',
    responseId: 'req1',
  })
})

test('thoughts come first, text next, calls last', () => {
  const toolCalls = [
    { id: 'c1', name: 'f', json: '{"x":1}' },
    { id: 'c2', name: 'f', json: '{}' },
  ]
  expect(partsOf({ reasoning: 'Hm', text: 'So', toolCalls })).toEqual([
    { text: 'Hm', thought: true },
    { text: 'So' },
    { functionCall: { id: 'c1', name: 'f', args: { x: 1 } } },
    { functionCall: { id: 'c2', name: 'f', args: {} } },
  ])
})

test('thoughts are not told where they are not asked for', () => {
  expect(partsOf({ reasoning: 'Hm', text: 'So' }, { includeThoughts: false })).toEqual([{ text: 'So' }])
})

test('an answer that says nothing still has a part with text', () => {
  expect(partsOf({})).toEqual([{ text: '' }])
  expect(partsOf({ toolCalls: [{ id: 'c1', name: 'f', json: '{}' }] })).toHaveLength(1)
})

describe('the first call', () => {
  const toolCalls = ['c1', 'c2'].map((id) => ({ id, name: 'f', json: '{}' }))

  test('carries the thoughts that led to it, sealed for the key, in padded standard base64', () => {
    const [first, second] = partsOf(
      { reasoning: 'Hm '.repeat(20), toolCalls },
      { sealsReasoning: true, includeThoughts: false },
    )
    expect(first.thoughtSignature).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
    expect(first.thoughtSignature.length % 4).toBe(0)
    const token = Buffer.from(first.thoughtSignature, 'base64').toString('base64url')
    expect(seal.open(token, caller.keyId)).toBe('Hm '.repeat(20))
    expect(second).not.toHaveProperty('thoughtSignature')
  })

  test('carries nothing where there were no thoughts', () => {
    expect(JSON.stringify(partsOf({ toolCalls }, { sealsReasoning: true }))).not.toContain('thoughtSignature')
  })
})

test('calls have the caller’s own name for the function', () => {
  const toolNames = createToolNames()
  const spelt = toolNames.toModel('server.read')
  const [part] = partsOf({ toolCalls: [{ id: 'c1', name: spelt, json: '{}' }] }, { toolNames })
  expect(part.functionCall.name).toBe('server.read')
})

test.for([
  ['stop', 'STOP'],
  ['stop-string', 'STOP'],
  ['tool-calls', 'STOP'],
  ['length', 'MAX_TOKENS'],
  ['content-filter', 'SAFETY'],
] as const)('the finish %s is %s', ([reason, word]) => {
  expect(told(choice({ text: 'a', ...finished(reason) })).candidates[0].finishReason).toBe(word)
})

describe('a call whose arguments are no object', () => {
  const toolCalls = [
    { id: 'c1', name: 'f', json: '{"x":' },
    { id: 'c2', name: 'f', json: '{}' },
  ]

  test('is left out, and told as a malformed call', () => {
    const { content, finishReason } = told(choice({ toolCalls, ...finished('tool-calls') })).candidates[0]
    expect(content.parts).toEqual([{ functionCall: { id: 'c2', name: 'f', args: {} } }])
    expect(finishReason).toBe('MALFORMED_FUNCTION_CALL')
  })

  test('is told as a limit that was met where that is why', () => {
    expect(told(choice({ toolCalls, ...finished('length') })).candidates[0].finishReason).toBe('MAX_TOKENS')
  })
})

test('a word of an enum comes without its quotes, cut text as it is', () => {
  expect(partsOf({ text: '"yes"' }, { unwrapsEnum: true })).toEqual([{ text: 'yes' }])
  expect(partsOf({ text: '"ye' }, { unwrapsEnum: true })).toEqual([{ text: '"ye' }])
  expect(partsOf({ text: '5' }, { unwrapsEnum: true })).toEqual([{ text: '5' }])
  expect(partsOf({ text: '"yes"' })).toEqual([{ text: '"yes"' }])
})

test('a prompt that was blocked has no candidates', () => {
  const blocked = choice(finished('content-filter'))
  expect(told(blocked)).toMatchObject({
    promptFeedback: { blockReason: 'SAFETY' },
    usageMetadata: { promptTokenCount: 9 },
  })
  expect(told(blocked)).not.toHaveProperty('candidates')
  expect(told([blocked, choice({ index: 1, text: 'a' })]).candidates).toHaveLength(2)
})

test('log probabilities are those that were chosen, the likeliest, and their average', () => {
  const logprobs = [
    { token: 'a', logprob: -1, bytes: [97], top_logprobs: [{ token: 'a', logprob: -1, bytes: [97] }] },
    { token: 'b', logprob: -3, bytes: null, top_logprobs: [] },
  ]
  expect(told(choice({ text: 'ab', logprobs })).candidates[0]).toMatchObject({
    avgLogprobs: -2,
    logprobsResult: {
      chosenCandidates: [
        { token: 'a', logProbability: -1 },
        { token: 'b', logProbability: -3 },
      ],
      topCandidates: [{ candidates: [{ token: 'a', logProbability: -1 }] }, { candidates: [] }],
    },
  })
  expect(told(choice({ text: 'a', logprobs: [] })).candidates[0]).not.toHaveProperty('avgLogprobs')
})
