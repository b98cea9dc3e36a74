import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { describeMismatch } from '../../src/chat/describe-mismatch.ts'
import { knownFields } from '../../src/chat/known-fields.ts'

function mismatch(schema: z.ZodType, body: unknown) {
  const { error } = schema.safeParse(body)
  if (error === undefined) throw new Error('The body fits.')
  return describeMismatch(error, body)
}

function sentence(schema: z.ZodType, value: unknown): string {
  return mismatch(z.object({ field: schema }), { field: value }).message
}

test('what may be anything is wanted in words of ours, where it is missing', () => {
  expect(mismatch(z.object({ field: z.unknown() }), {}).message).toBe('`field`: found nothing, wanted a value.')
})

const sayFields = '`field.c`: found a string of 4 characters, wanted one of the fields a, b.'

describe('what is wanted', () => {
  test.each<[string, z.ZodType, unknown, string]>([
    ['a string', z.string(), 5, '`field`: found 5, wanted a string.'],
    ['a number', z.number(), 'five', '`field`: found a string of 4 characters, wanted a number.'],
    ['a whole number', z.int(), 1.5, '`field`: found 1.5, wanted a whole number.'],
    ['a boolean', z.boolean(), 'x', '`field`: found a string of 1 character, wanted true or false.'],
    ['a list', z.array(z.string()), {}, '`field`: found an object, wanted a list.'],
    ['an object', z.object({}), [], '`field`: found an empty list, wanted an object.'],
    ['something', z.string(), undefined, '`field`: found nothing, wanted a string.'],
    ['anything but null', z.string(), null, '`field`: found null, wanted a string.'],
    ['one of some words', z.enum(['a', 'b']), 'c', '`field`: found "c", wanted one of "a", "b".'],
    ['one value', z.literal(7), 8, '`field`: found 8, wanted one of 7.'],
    ['at most a number', z.number().max(2), 3, '`field`: found 3, wanted at most 2.'],
    ['less than a number', z.number().lt(2), 2, '`field`: found 2, wanted less than 2.'],
    ['at least a number', z.number().min(2), 1, '`field`: found 1, wanted at least 2.'],
    ['more than a number', z.number().gt(0), 0, '`field`: found 0, wanted more than 0.'],
    [
      'a short string',
      z.string().max(1),
      'abc',
      '`field`: found a string of 3 characters, wanted at most 1 character.',
    ],
    ['a long string', z.string().min(1), '', '`field`: found an empty string, wanted at least 1 character.'],
    ['a short list', z.array(z.int()).max(2), [1, 2, 3], '`field`: found a list of 3, wanted at most 2 items.'],
    ['a long list', z.array(z.int()).min(1), [], '`field`: found an empty list, wanted at least 1 item.'],
    [
      'a pattern',
      z.string().regex(/^a+$/),
      'b',
      '`field`: found a string of 1 character, wanted a string that matches /^a+$/.',
    ],
    [
      'a pattern with words of its own',
      z.string().regex(/^a+$/, 'a word of a'),
      'b',
      '`field`: found a string of 1 character, wanted a word of a.',
    ],
    ['known fields', z.strictObject({}), { x: 1 }, '`field`: found an object, wanted only known fields.'],
    ['known fields by name', knownFields({ a: z.int(), b: z.int() }).partial(), { c: 'hush' }, sayFields],
    [
      'fields of a shape',
      knownFields({ a: z.int() }),
      { 'a b': 1, a: 1 },
      '`field`: found an object, wanted one of the fields a.',
    ],
    [
      'a custom value',
      z.custom(() => false, { error: 'a moon' }),
      'sun',
      '`field`: found a string of 3 characters, wanted a moon.',
    ],
    ['one of two types', z.union([z.string(), z.array(z.string())]), 5, '`field`: found 5, wanted a string or a list.'],
  ])('is told where it is %s', (_name, schema, value, wanted) => {
    expect(sentence(schema, value)).toBe(wanted)
  })

  test('is told of a number that no double holds exactly', () => {
    expect(sentence(z.int(), 2 ** 53)).toMatch(/^`field`: found 9007199254740992, wanted at most 9007199254740991\.$/)
  })

  test('is told of a variant by the words that tell variants apart', () => {
    const part = z.discriminatedUnion('type', [
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({ type: z.literal('image') }),
    ])
    expect(sentence(part, { type: 'file' })).toBe('`field.type`: found "file", wanted one of "text", "image".')
    expect(sentence(part, { type: 'text' })).toBe('`field.text`: found nothing, wanted a string.')
    expect(sentence(part, {})).toContain('`field.type`: found nothing')
  })

  test('is told of the branch that got furthest where several fail', () => {
    const content = z.union([z.string(), z.array(z.object({ text: z.string() }))])
    expect(sentence(content, [{ text: 'a' }, { text: 5 }])).toBe('`field[1].text`: found 5, wanted a string.')
  })
})

describe('what was found', () => {
  const word = z.enum(['low', 'high'])

  test('is told in full where it is a short word in the place of one of some words', () => {
    expect(sentence(word, 'medium-2')).toBe('`field`: found "medium-2", wanted one of "low", "high".')
    expect(sentence(z.union([word, z.object({})]), 'no')).toBe(
      '`field`: found "no", wanted one of "low", "high" or an object.',
    )
  })

  test.each(['two words', 'x'.repeat(33), 'quote"', 'naïve', 'line\n'])(
    'is told by its length where it is %j',
    (value) => {
      expect(sentence(word, value)).toContain(`found a string of ${value.length} characters`)
    },
  )

  test.each([
    [z.number(), '0.5', 'found the string "0.5", wanted a number'],
    [z.int(), '1,5', 'found the string "1,5", wanted a number'],
    [z.string().regex(/^\d+$/, 'an amount'), '-3', 'found the string "-3", wanted an amount'],
    [z.int(), '+49 170 1234567', 'found a string of 15 characters'],
    [z.int(), '12345678901234567', 'found a string of 17 characters'],
    [z.string().max(3), '12345', 'found a string of 5 characters'],
  ])('is told in full where it is a number in quotes in the place of a number (%#)', (schema, value, said) => {
    expect(sentence(schema, value)).toContain(said)
  })

  test.each([z.int(), z.boolean(), z.string().max(3), z.email(), z.union([z.int(), z.string().max(3)])])(
    'is told by its length where no word of a list is wanted',
    (schema) => {
      expect(sentence(schema, 'secret')).toContain('found a string of 6 characters')
    },
  )
})

describe('where it is wanted', () => {
  test('is a path in the spelling of the caller, in the sentence and beside it', () => {
    const schema = z.object({ messages: z.array(z.object({ content: z.array(z.object({ text: z.string() })) })) })
    const failure = mismatch(schema, { messages: [{ content: [{ text: 'a' }, {}] }] })
    expect(failure).toMatchObject({ kind: 'invalid-request', field: 'messages[0].content[1].text' })
    expect(failure.message).toContain('`messages[0].content[1].text`: found nothing')
  })

  test('is the body itself where the whole of it does not fit', () => {
    expect(mismatch(z.object({}), 'text').message).toBe('The body: found a string of 4 characters, wanted an object.')
    expect(mismatch(z.object({}), null).message).toBe('The body: found null, wanted an object.')
  })
})

test('never repeats what the caller wrote, in a value or as a key', () => {
  const schema = z.strictObject({
    word: z.enum(['a', 'b']).optional(),
    mail: z.email().optional(),
    short: z.string().max(3).optional(),
    either: z.union([z.int(), z.enum(['a'])]).optional(),
    variant: z.discriminatedUnion('type', [z.object({ type: z.literal('a') })]).optional(),
    map: z.strictObject({}).optional(),
  })
  for (const name of Object.keys(schema.shape)) {
    for (const value of ['my secret', { 'my secret': 1 }, { type: 'my secret' }, ['my secret']]) {
      expect(mismatch(schema, { [name]: value }).message).not.toContain('secret')
    }
  }
  expect(mismatch(schema, { 'my secret': 1 }).message).not.toContain('secret')
})
