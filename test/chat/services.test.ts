import { describe, expect, test } from 'vitest'
import { type ChatService, createServices, type Service, unknownModelError } from '../../src/chat/services.ts'
import { failureNow } from './failure-of.ts'

function service(name: string, aliases: readonly string[] = [], model: string | null = null): ChatService {
  return {
    kind: 'chat',
    name,
    aliases,
    policy: {
      defaults: { temperature: 0.7, top_p: 0.9, top_k: 40, max_tokens: 1024, enable_thinking: false },
      maxTokens: 8192,
      maxChoices: 4,
      maxImages: 2,
      maxAudio: 1,
      remoteImages: false,
    },
    serveChat: async () => undefined,
    countTokens: async () => 0,
    upstreams: { list: () => [], drain: () => undefined },
    status: () => ({ upstream: 'waiting', model, contextWindow: null, running: 0, waiting: 0 }),
  }
}

const all = [
  service('gemma4', ['google/gemma-4-e2b-it', 'gpt-*', 'a.c', '*-latest', 'x*y*z'], 'gemma-4-e2b'),
  service('qwen', ['gpt-4o', 'gemma*'], 'qwen-model'),
]
const services = createServices(all, 'refuse')

describe('a model is found by', () => {
  test.each([
    ['the name of its service', 'qwen', 'qwen'],
    ['an alias', 'google/gemma-4-e2b-it', 'gemma4'],
    ['a pattern at its end', 'gpt-5-mini', 'gemma4'],
    ['a pattern that stands for no text', 'gpt-', 'gemma4'],
    ['a pattern at its beginning', 'claude-latest', 'gemma4'],
    ['a pattern with two stars', 'x1y2z', 'gemma4'],
    ['the name its server gives it', 'qwen-model', 'qwen'],
    ['its name before any alias', 'gemma4', 'gemma4'],
    ['an exact alias before a pattern of another service', 'gpt-4o', 'qwen'],
    ['the name its server gives it before a pattern of another service', 'gemma-4-e2b', 'gemma4'],
  ])('%s', (_how, model, wanted) => {
    expect(services.find(model)?.name).toBe(wanted)
    expect(services.pick(model, 'chat').name).toBe(wanted)
  })

  test.each(['abc', 'Qwen', 'google/gemma-4-e2b-it-awq', 'my-gpt-4', 'x1z', 'gpt', 'constructor', ''])(
    'nothing where it is %j',
    (model) => {
      expect(services.find(model)).toBeUndefined()
    },
  )

  test('nothing, and at once, where the name is of unbearable length', () => {
    const from = performance.now()
    expect(services.find(`x${'y'.repeat(1_000_000)}`)).toBeUndefined()
    expect(performance.now() - from).toBeLessThan(1000)
  })
})

describe('an unknown model', () => {
  test('is served by the first service where the owner wants that', () => {
    expect(createServices(all, 'default').pick('claude-opus', 'chat')).toBe(all[0])
  })

  test('is refused where the owner wants that, in the words that SDKs know', () => {
    const failure = failureNow(() => services.pick('claude-opus', 'chat'))
    expect(failure).toMatchObject({ kind: 'unknown-model', field: undefined })
    expect(failure.message).toBe('The model `claude-opus` does not exist or you do not have access to it.')
  })

  test('is not repeated where it does not look like a name', () => {
    for (const model of ['a b', 'x'.repeat(65), 'two\nlines', '<script>']) {
      expect(unknownModelError(model).message).not.toContain(model)
    }
  })
})

test('a request that names no model goes to the first service', () => {
  expect(services.pick(undefined, 'chat')).toBe(all[0])
})

test('a gateway without services does not start', () => {
  expect(() => createServices([], 'default')).toThrow('at least one service')
})

describe('at the root, a route picks among the services of its kind:', () => {
  type Speech = Service & { readonly kind: 'transcription' }
  const { status, upstreams } = service('any')
  const speech: Speech = { kind: 'transcription', name: 'whisper', aliases: ['whisper-1'], upstreams, status }
  const mixed = createServices<ChatService | Speech>([service('gemma4', ['*']), speech], 'default')

  test('the first of them answers for every name that means none of another kind', () => {
    expect(mixed.pick('gpt-4o-transcribe', 'transcription').name).toBe('whisper')
    expect(mixed.pick(undefined, 'transcription').name).toBe('whisper')
    expect(mixed.pick('whisper-2', 'chat').name).toBe('gemma4')
  })

  test.each(['gemma4'])('the name %s is refused where it means one of another kind', (name) => {
    const failure = failureNow(() => mixed.pick(name, 'transcription'))
    expect(failure.kind).toBe('unknown-model')
    expect(failure.message).toBe('The model `gemma4` chats; one that transcribes audio is wanted here.')
  })

  test('where there is none of the kind, that is said', () => {
    const only = createServices<ChatService | Speech>([speech], 'default')
    const failure = failureNow(() => only.pick('gpt-4o', 'chat'))
    expect(failure.message).toBe('No service of this gateway chats.')
  })
})
