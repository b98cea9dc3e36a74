import { expect, test } from 'vitest'
import { nearestName } from '../../src/wire/nearest-name.ts'

const known = ['max_tokens', 'temperature', 'top_p', 'GATEWAY_PORT', '/v1/chat/completions']

test.each([
  ['a letter too many', 'max_tokenss', 'max_tokens'],
  ['a letter missing', 'temprature', 'temperature'],
  ['another letter', 'top_b', 'top_p'],
  ['two neighbours swapped', 'tmeperature', 'temperature'],
  ['another case', 'gateway_port', 'GATEWAY_PORT'],
  ['another separator', 'max-tokens', 'max_tokens'],
  ['no separators', 'maxTokens', 'max_tokens'],
  ['a path', '/v1/chat/completion', '/v1/chat/completions'],
])('finds the known name for one with %s', (_what, written, wanted) => {
  expect(nearestName(written, known)).toBe(wanted)
})

test('counts a swap as one edit, so that it beats a name two edits away', () => {
  expect(nearestName('prot', ['prxy', 'port'])).toBe('port')
})

test('prefers the earlier of two names that are equally near', () => {
  expect(nearestName('cat', ['bat', 'hat'])).toBe('bat')
})

test('knows no name where there are none', () => {
  expect(nearestName('port', [])).toBeUndefined()
})

test('takes no longer for a name of unbearable length', () => {
  const from = performance.now()
  nearestName('x'.repeat(1_000_000), ['y'.repeat(1_000_000)])
  expect(performance.now() - from).toBeLessThan(1000)
})
