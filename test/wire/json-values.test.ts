import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasTooManyValues } from '../../src/wire/json-values.ts'

/** Values as JSON.parse finds them: names count as one with their value. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return 1 + Object.values(value).reduce((sum: number, inner) => sum + valuesIn(inner), 0)
}

function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return own + Object.values(value).reduce((sum: number, inner) => sum + namesIn(inner), 0)
}

test('what has as many values as may be is never refused, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // A name and its value have two marks.
      const bounds = { values: valuesIn(value) * 2, names: namesIn(value) }
      expect(hasTooManyValues(JSON.stringify(value), bounds)).toBe(false)
    }),
  )
})

test.each(['{},', '1,', '[],', '{"a":', '"\\\\",'])('a body full of %s is refused before it is parsed', (piece) => {
  const from = performance.now()
  expect(hasTooManyValues(`[${piece.repeat(600_000)}`)).toBe(true)
  expect(performance.now() - from).toBeLessThan(2000)
})

test('a long string is one value', () => {
  const image = JSON.stringify({ url: `${'\\"[{,:'.repeat(1_000_000)}` })
  expect(hasTooManyValues(image)).toBe(false)
})

test('names are fewer than values: each that is nowhere else takes time of its own', () => {
  const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]))
  expect(hasTooManyValues(JSON.stringify(named(50_000)))).toBe(false)
  expect(hasTooManyValues(JSON.stringify(named(50_001)))).toBe(true)
  const spread = Array.from({ length: 5001 }, (_, at) => ({ ...named(10), at }))
  expect(hasTooManyValues(JSON.stringify(spread))).toBe(true)
  expect(hasTooManyValues(`{${'"":1,'.repeat(50_001)}"":1}`)).toBe(true)
})

describe('what honest clients send is not too much', () => {
  const tools = Array.from({ length: 256 }, (_, index) => ({
    type: 'function',
    function: {
      name: `tool_${index}`,
      parameters: {
        type: 'object',
        properties: Object.fromEntries(
          Array.from({ length: 20 }, (_, at) => [`p${at}`, { type: 'string', description: 'times: 12:30' }]),
        ),
      },
    },
  }))
  const calls = Array.from({ length: 1024 }, (_, index) => [
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: `call_${index}`, type: 'function', function: { name: 'tool_1', arguments: '{"a":[1,2]}' } }],
    },
    { role: 'tool', tool_call_id: `call_${index}`, content: '{"a":1,"b":2}'.repeat(50) },
  ]).flat()

  test('a conversation of as many messages as there may be, with as many tools', () => {
    expect(hasTooManyValues(JSON.stringify({ messages: calls, tools }))).toBe(false)
  })

  test('five hundred images', () => {
    const image = {
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${'A'.repeat(20_000)}`, detail: 'auto' },
    }
    expect(hasTooManyValues(JSON.stringify({ messages: [{ role: 'user', content: Array(500).fill(image) }] }))).toBe(
      false,
    )
  })

  test('inputs as token ids', () => {
    const input = Array.from({ length: 900 }, () => Array.from({ length: 512 }, (_, index) => index))
    expect(hasTooManyValues(JSON.stringify({ input }))).toBe(false)
  })

  test('a text with as many colons as it likes', () => {
    expect(hasTooManyValues(JSON.stringify({ prompt: 'a: '.repeat(200_000) }))).toBe(false)
  })
})
