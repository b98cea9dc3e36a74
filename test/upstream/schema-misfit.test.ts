import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/chat/chat-request.ts'
import { schemaMisfit } from '../../src/upstream/schema-misfit.ts'
import { createTimeBoxes } from '../../src/upstream/time-box.ts'
import { proportionateMs, timeTaken } from '../dialects/time-taken.ts'

const schema = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    unit: { enum: ['C', 'F'] },
    days: { type: 'integer', minimum: 1, nullable: true },
    at: { $ref: '#/$defs/at' },
  },
  required: ['city'],
  additionalProperties: false,
  $defs: { at: { type: 'object', required: ['lat'] } },
}

describe('a value', () => {
  test.each([[{ city: 'Paris' }], [{ city: 'Paris', unit: 'C', days: 2, at: { lat: 1 } }], [{ city: '', days: null }]])(
    'that fits is said to be wrong in nothing: %j',
    (value) => {
      expect(schemaMisfit(schema, value, 'arguments')).toBeUndefined()
    },
  )

  test.each([
    [{}, "arguments must have required property 'city'"],
    [{ city: 5 }, 'arguments/city must be string'],
    [{ city: '', town: '' }, 'arguments must NOT have additional properties ("town")'],
    [{ city: '', unit: 'K' }, 'arguments/unit must be equal to one of the allowed values (["C","F"])'],
    [{ city: '', days: 0 }, 'arguments/days must be >= 1'],
    [{ city: '', at: {} }, "arguments/at must have required property 'lat'"],
    [5, 'arguments must be object'],
  ])('that does not is told of in words: %j', (value, words) => {
    expect(schemaMisfit(schema, value, 'arguments')).toBe(words)
  })

  test('is told of at no great length', () => {
    const long = { enum: Array.from({ length: 500 }, (_, index) => `value ${index}`) }
    expect(schemaMisfit(long, 5, 'it')?.length).toBe(1000)
  })
})

describe('a schema', () => {
  test.each<[string, JsonObject]>([
    ['says that it is of an older draft', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string' }],
    ['has a name', { $id: 'https://example.com/schema', type: 'string' }],
    ['is asynchronous', { $async: true, type: 'string' }],
    ['has keywords that nobody knows', { type: 'string', example: 'a', unheard: 1 }],
    ['has a format', { type: 'string', format: 'email' }],
  ])('that %s is checked all the same', (_which, odd) => {
    expect(schemaMisfit(odd, 5, 'it')).toBe('it must be string')
    expect(schemaMisfit(odd, 'text', 'it')).toBeUndefined()
  })

  test.each<[string, JsonObject]>([
    ['refers elsewhere', { $ref: 'https://example.com/schema' }],
    ['has types that there are not', { type: 'STRING' }],
    ['has a broken pattern', { pattern: '(' }],
    ['has a pattern that looks ahead', { type: 'string', pattern: '^(?=a)' }],
    ['has a pattern that looks back', { type: 'string', pattern: '^(a)\\1$' }],
    ['has keywords of the wrong kind', { properties: 5 }],
  ])('that %s cannot be checked, so that everything fits', (_which, broken) => {
    expect(schemaMisfit(broken, 5, 'it')).toBeUndefined()
  })
})

describe('a pattern', () => {
  const fits = (pattern: string, text: string) => schemaMisfit({ type: 'string', pattern }, text, 'it') === undefined

  test.each([
    ['^\\d{4}-\\d{2}-\\d{2}$', '2026-11-22', '2026-11-2'],
    ['^[\\w.+-]+@[\\w-]+\\.[\\w.]+$', 'ada@example.com', 'ada at example.com'],
    ['a/b', 'xa/bx', 'ab'],
    ['^\\u00e9\\p{L}+$', 'été', 'ete'],
    ['^.$', '\u{1f600}', 'ab'],
    ['(?<year>\\d+)', '2026', 'none'],
  ])('%s is matched anywhere in a text, as JSON Schema has it', (pattern, text, other) => {
    expect([fits(pattern, text), fits(pattern, other)]).toEqual([true, false])
  })

  test('that would go back for ever takes no time', () => {
    const text = `${'a'.repeat(100_000)}b`
    expect(timeTaken(() => fits('^(a+)+$', text))).toBeLessThan(proportionateMs)
    expect(fits('^(a+)+$', text)).toBe(false)
    expect(schemaMisfit({ patternProperties: { '^(a+)+$': { type: 'string' } } }, { [text]: 5 }, 'it')).toBeUndefined()
  })
})

describe('in a time box', () => {
  const open = createTimeBoxes(100)

  test('what is done in time gives its result', () => {
    expect(open().run(() => schemaMisfit({ type: 'string' }, 5, 'it'))).toBe('it must be string')
  })

  test('references that double at every level are ended', () => {
    const level = (index: number) => ({ anyOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] })
    const levels = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`d${index}`, level(index)]))
    const runaway = { $ref: '#/$defs/d0', $defs: { ...levels, d60: { type: 'string' } } }
    expect(open().run(() => schemaMisfit(runaway, 5, 'it') ?? 'fits')).toBeUndefined()
  })

  test('what runs out of the stack is ended', () => {
    const list = { $ref: '#/$defs/list', $defs: { list: { properties: { next: { $ref: '#/$defs/list' } } } } }
    let value: JsonObject = {}
    for (let depth = 0; depth < 50_000; depth++) value = { next: value }
    expect(open().run(() => schemaMisfit(list, value, 'it') ?? 'fits')).toBeUndefined()
  })

  test('what runs out of it does not reach the next', () => {
    const timeBox = open()
    timeBox.run(() => {
      throw new Error('broken')
    })
    expect(timeBox.run(() => 5)).toBe(5)
  })

  test('what the machine has no time for is begun anew', () => {
    const sleeper = new Int32Array(new SharedArrayBuffer(4))
    let begun = 0
    const act = () => {
      begun++
      // Stands for a processor that is busy elsewhere: the clock goes on, and the engine ends it.
      if (begun === 1) Atomics.wait(sleeper, 0, 0, 10_000)
      return begun
    }
    expect(createTimeBoxes(500)().run(act)).toBe(2)
  })

  test('all that is run has one time together', () => {
    const timeBox = open()
    const endless = () => {
      for (;;);
    }
    const before = process.threadCpuUsage()
    expect([timeBox.run(endless), timeBox.run(endless), timeBox.run(() => 5)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(process.threadCpuUsage(before).user).toBeLessThan(1_000_000)
    expect(open().run(() => 5)).toBe(5)
  })
})
