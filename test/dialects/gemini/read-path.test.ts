import { expect, test } from 'vitest'
import { methodOf, modelOfPath, purposeOf } from '../../../src/dialects/gemini/read-path.ts'
import { failureNow } from '../../chat/failure-of.ts'

test.for([
  ['gemma4:generateContent', 'gemma4', 'generateContent'],
  ['google/gemma-4:streamGenerateContent', 'google/gemma-4', 'streamGenerateContent'],
  ['models/gemma4:generateContent', 'gemma4', 'generateContent'],
  ['models/models/x:generateContent', 'models/x', 'generateContent'],
  ['publishers/google/models/x:generateContent', 'publishers/google/models/x', 'generateContent'],
  ['gemma3:4b:countTokens', 'gemma3:4b', 'countTokens'],
  [':generateContent', undefined, 'generateContent'],
  [`${'x'.repeat(257)}:generateContent`, undefined, 'generateContent'],
] as const)('%s asks %s to %s', ([path, model, method]) => {
  expect(modelOfPath({ path })).toBe(model)
  expect(methodOf({ path })).toBe(method)
})

test('tokens are counted and vectors made by methods of their own, everything else is an answer', () => {
  expect(purposeOf({ path: 'x:countTokens' })).toBe('count-tokens')
  expect(purposeOf({ path: 'x:embedContent' })).toBe('embed')
  expect(purposeOf({ path: 'x:batchEmbedContents' })).toBe('embed')
  expect(purposeOf({ path: 'x:streamGenerateContent' })).toBe('answer')
})

test.for(['gemma4', '', 'x:predict', 'x:predict', 'x:', 'generateContent', 'x:constructor', 'x:generateContent/y'])(
  'there is no route %s',
  (path) => {
    const failure = failureNow(() => purposeOf({ path }))
    expect(failure.kind).toBe('unknown-route')
    expect(failure.message).toContain('generateContent')
  },
)
