import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { describeCause } from '../../src/log/describe-cause.ts'

const key = `vgw_${'A1b2'.repeat(12)}c`

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}

function parseError(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (thrown) {
    return thrown
  }
}

test('an error is told by its name, its code and its message', () => {
  expect(describeCause(new Error('broken'))).toBe('Error: broken')
  expect(describeCause(withCode('connect refused', 'ECONNREFUSED'))).toBe('Error ECONNREFUSED: connect refused')
})

test('what caused it is told after it, four errors deep at most, also where they go in a circle', () => {
  const inner = withCode('refused', 'ECONNREFUSED')
  const outer = new GatewayError('upstream-unavailable', 'Not ready.', { cause: inner })
  expect(describeCause(outer)).toBe('GatewayError: Not ready. < Error ECONNREFUSED: refused')
  const circle = new Error('again')
  circle.cause = circle
  expect(describeCause(circle)).toBe(Array(4).fill('Error: again').join(' < '))
})

test('a bug is told with the place where it happened', () => {
  for (const bug of [new TypeError('x is not a function'), new RangeError('too deep'), new ReferenceError('no x')]) {
    expect(describeCause(bug)).toContain(bug.message)
    // What vitest puts between the name and the place is not of interest.
    expect(describeCause(bug)).toMatch(/describe-cause\.test\.ts(\?\S*)?:\d+:\d+/)
  }
})

test.each([
  ['a text', 'abort', 'abort'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'object'],
  ['an object, which may hold anything', { password: 'secret' }, 'object'],
  ['a number', 5, 'number'],
  ['a symbol', Symbol('secret'), 'symbol'],
])('what is no error is told by little: %s', (_name, cause, wanted) => {
  expect(describeCause(cause)).toBe(wanted)
})

describe('a key is never told,', () => {
  test.each<[string, unknown]>([
    ['as the cause itself', key],
    ['in a message', new Error(`Invalid header: Bearer ${key}`)],
    ['in a code', withCode('broken', key)],
    ['in the error underneath', new Error('broken', { cause: new Error(`${key} is wrong`) })],
    ['in a cause that is only a text', new Error('broken', { cause: `?key=${key}&a=b` })],
    ['in the stack of a bug', new TypeError(`cannot read ${key}`)],
    ['twice in one text', `${key},${key}`],
  ])('%s', (_where, cause) => {
    const told = describeCause(cause)
    expect(told).not.toContain(key.slice(0, 12))
    expect(told).toContain('vgw_…')
  })
})

describe('what a client or a model wrote is never told', () => {
  test('by a parser that repeats the text it cannot parse', () => {
    expect(describeCause(parseError('my secret prompt'))).toBe('SyntaxError')
    expect(describeCause(new Error('broken', { cause: parseError('{"a": secret}') }))).toBe(
      'Error: broken < SyntaxError',
    )
  })

  test('by a schema that it does not fit', () => {
    const schema = z.object({ a: z.int(), b: z.enum(['x']), c: z.union([z.int(), z.null()]) })
    const { error } = schema.safeParse({ a: 'secret', b: 'secret', c: ['secret'] })
    expect(describeCause(error)).toContain('invalid_type')
    expect(describeCause(error)).not.toContain('secret')
  })
})
