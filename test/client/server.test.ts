import { describe, expect, test } from 'vitest'
import { clientDialects } from '../../src/client/dialects.ts'
import { describeServer } from '../../src/client/server.ts'

describe('a base URL', () => {
  test.each([
    ['openai', 'http://127.0.0.1:8044', 'http://127.0.0.1:8044/v1'],
    ['openai', 'http://127.0.0.1:8044/', 'http://127.0.0.1:8044/v1'],
    ['openai', 'http://127.0.0.1:8044/v1/', 'http://127.0.0.1:8044/v1'],
    ['openai', 'http://127.0.0.1:8044/gemma4', 'http://127.0.0.1:8044/gemma4/v1'],
    ['openai', 'https://example.org/openai/v1', 'https://example.org/openai/v1'],
    ['openai', 'https://example.org/v1beta/openai/', 'https://example.org/v1beta/openai'],
    ['responses', 'https://example.org', 'https://example.org/v1'],
    ['anthropic', 'https://example.org', 'https://example.org/v1'],
    ['gemini', 'https://example.org', 'https://example.org/v1beta'],
    ['gemini', 'https://example.org/v1', 'https://example.org/v1'],
    ['gemini', 'http://127.0.0.1:8044/gemma4/', 'http://127.0.0.1:8044/gemma4/v1beta'],
    ['openai', 'https://example.org/v12x', 'https://example.org/v12x/v1'],
  ] as const)('of %s that is written %s leads to %s', (dialect, written, root) => {
    expect(describeServer(clientDialects[dialect], written, undefined).root).toBe(root)
  })

  test.each(['127.0.0.1:8044', 'ftp://example.org', 'http://user:word@example.org', 'http://example.org/?key=k', ''])(
    'that is written "%s" is refused',
    (written) => {
      expect(() => describeServer(clientDialects.openai, written, undefined)).toThrow('--base-url')
    },
  )
})

test.each(['two words', 'line\nend', 'schlüssel', ''])('a key that no header can carry is refused, unseen', (key) => {
  const describing = () => describeServer(clientDialects.openai, 'http://127.0.0.1', key)
  expect(describing).toThrow('The key has')
  if (key !== '') expect(describing).not.toThrow(key)
})

test.each([
  ['gemma4', '/models/gemma4:streamGenerateContent?alt=sse'],
  ['models/gemma4', '/models/gemma4:streamGenerateContent?alt=sse'],
  ['google/gemma 4?', '/models/google/gemma%204%3F:streamGenerateContent?alt=sse'],
])('the model %s of Google is in the path', (model, path) => {
  expect(clientDialects.gemini.path(model)).toBe(path)
})
