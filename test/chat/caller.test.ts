import { describe, expect, test } from 'vitest'
import { type Caller, mayUse, mayUseModel, policyFor, requireAccess, requireDialect } from '../../src/chat/caller.ts'
import { policy } from '../dialects/policy.ts'

const caller = { keyId: '1', keyName: 'tests', admin: false }
const everything: Caller = { ...caller, services: 'all' }

test('a key may use the services it names, and no others', () => {
  const named = { ...caller, services: new Set(['gemma4', 'qwen']) }
  expect(mayUse(named, 'qwen')).toBe(true)
  expect(mayUse(named, 'Qwen')).toBe(false)
  expect(mayUse({ ...caller, services: new Set<string>() }, 'qwen')).toBe(false)
})

test('a key for all services, and the key of the administrator, may use every one', () => {
  expect(mayUse(everything, 'qwen')).toBe(true)
  expect(mayUse({ ...caller, services: new Set<string>(), admin: true }, 'qwen')).toBe(true)
})

describe('models and dialects', () => {
  const bound: Caller = { ...everything, models: ['gemma'], dialects: ['gemini'] }

  test('are all allowed where nothing is said of them, and none where the list is empty', () => {
    expect(mayUseModel(everything, ['qwen'])).toBe(true)
    expect(mayUseModel({ ...everything, models: [] }, ['qwen'])).toBe(false)
    expect(() => requireDialect(everything, 'gemini')).not.toThrow()
    expect(() => requireDialect({ ...everything, dialects: [] }, 'gemini')).toThrow('dialect `gemini`')
  })

  test('are allowed by any of the names of what will answer', () => {
    expect(mayUseModel(bound, [null, 'gemma'])).toBe(true)
    expect(mayUseModel(bound, [null, 'qwen'])).toBe(false)
    expect(mayUseModel({ ...bound, admin: true }, ['qwen'])).toBe(true)
  })

  test.each([
    [{ service: 'qwen', dialect: 'gemini', models: ['gemma'] }, 'This key may not use the service `qwen`.'],
    [
      { service: 'gemma4', dialect: 'openai-chat', models: ['gemma'] },
      'This key may not speak the dialect `openai-chat`.',
    ],
    [
      { service: 'gemma4', dialect: 'gemini', models: ['x'] },
      'This key may not use this model of the service `gemma4`.',
    ],
  ])('%j is refused with: %s', (wanted, message) => {
    const own = { ...bound, services: new Set(['gemma4']) }
    const failure = expect(() => requireAccess(own, { ...wanted, models: () => wanted.models }))
    failure.toThrow(expect.objectContaining({ kind: 'forbidden-service', message }))
  })
})

test("a key's own defaults take the place of the service's, within what the service allows", () => {
  expect(policyFor(everything, policy)).toBe(policy)
  const own = policyFor({ ...everything, defaults: { enableThinking: true, maxTokens: 5 } }, policy)
  expect(own.defaults).toEqual({ ...policy.defaults, enable_thinking: true, max_tokens: 5 })
  const greedy = policyFor({ ...everything, defaults: { maxTokens: 10_000_000 } }, policy)
  expect(greedy.defaults.max_tokens).toBe(policy.maxTokens)
})
