import { describe, expect, test } from 'vitest'
import { failureOf } from '../../chat/failure-of.ts'
import { decode } from './answering.ts'

test('metadata has up to sixteen pairs of text', async () => {
  const pairs = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, value]))
  const { echo } = await decode({ metadata: pairs(16, 'text') })
  expect(echo.repeated['metadata']).toEqual(pairs(16, 'text'))
  expect((await failureOf(() => decode({ metadata: pairs(17, 'text') }))).message).toContain('at most 16 pairs')
  expect(await failureOf(() => decode({ metadata: pairs(16, 1) }))).toMatchObject({ field: 'metadata.key 0' })
  for (const wrong of ['text', 1, true, ['text']]) {
    expect(await failureOf(() => decode({ metadata: wrong }))).toMatchObject({ field: 'metadata' })
  }
})

test('of too many pairs none is looked at', async () => {
  let looks = 0
  const metadata = {}
  for (let index = 0; index < 1000; index++) {
    Object.defineProperty(metadata, index, { enumerable: true, get: () => `text ${++looks}` })
  }
  await failureOf(() => decode({ metadata }))
  expect(looks).toBe(0)
})

describe('what is wrong with the input is told in the words of the caller', () => {
  const types =
    '"message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "item_reference"'
  test.each<[string, object, string]>([
    ['no item', { input: [] }, '`input`: found an empty list, wanted a string or a list of items.'],
    [
      'unknown items alone',
      { input: [{ type: 'moon' }, { type: 'sun' }] },
      '`input`: found only items of types that are not known here, wanted a string or a list of items.',
    ],
    ['an item without a type', { input: [{}] }, `\`input[0].type\`: found nothing, wanted one of ${types}.`],
    ['a type that is no word', { input: ['Hi', { type: 5 }] }, `\`input[1].type\`: found 5, wanted one of ${types}.`],
    [
      'a message without a role',
      { input: [{ content: 'Hi' }] },
      '`input[0].role`: found nothing, wanted one of "system", "developer", "user", "assistant".',
    ],
    [
      'a tool without a type',
      { tools: [{ name: 'f' }] },
      '`tools[0].type`: found nothing, wanted one of "function", "custom", "namespace".',
    ],
    [
      'an inner tool without a type',
      { tools: [{ type: 'namespace', name: 'n', tools: [{ name: 'f' }] }] },
      '`tools[0].tools[0].type`: found nothing, wanted one of "function", "custom".',
    ],
  ])('%s', async (_name, body, words) => {
    expect((await failureOf(() => decode(body))).message).toBe(words)
  })
})
