import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { wireRequestSchema as anthropic } from '../../src/dialects/anthropic-messages/wire-request.ts'
import { wireRequestSchema as gemini } from '../../src/dialects/gemini/wire-request.ts'
import { wireRequestSchema as responses } from '../../src/dialects/openai-responses/wire-request.ts'
import { parseWire } from '../../src/dialects/parse-wire.ts'
import { failureNow } from '../chat/failure-of.ts'

test('a body that fits is what its schema makes of it', () => {
  expect(parseWire(z.object({ a: z.number() }), { a: 1, b: 2 })).toEqual({ a: 1 })
})

test.for(['compiled', 'plain'])('the first misfit is told, and nothing behind it is looked at: %s', (form) => {
  let looks = 0
  const item = z.custom(() => ++looks < 0)
  const list = z.object({ list: z.array(z.union([z.object({ inner: z.array(item) }), z.number()])) })
  const schema = form === 'compiled' ? z.compile(list) : list
  const inner = Array.from({ length: 1000 }, () => 'a')
  const body = { list: Array.from({ length: 100 }, () => ({ inner })) }
  expect(failureNow(() => parseWire(schema, body)).field).toBe('list[0].inner[0]')
  // Twice: the compiled schema gives up at once, and then the other looks for the reason.
  expect(looks).toBeLessThanOrEqual(2)
})

const long = 'x'.repeat(300)
const lists: Record<
  string,
  readonly [schema: z.ZodType, bodyWith: (items: readonly object[]) => object, misfits: readonly object[]]
> = {
  'Anthropic’s blocks': [
    anthropic,
    (content) => ({ messages: [{ role: 'assistant', content }] }),
    [{ type: 'text' }, { type: 'tool_use', id: '', name: 'f' }, { type: 'tool_use', id: long, name: 'f' }, {}],
  ],
  'Gemini’s parts': [
    gemini,
    (parts) => ({ contents: [{ parts }] }),
    [{ text: 1 }, { functionCall: { name: '' } }, { inlineData: { mimeType: long, data: '' } }],
  ],
  'the parts of Responses': [
    responses,
    (content) => ({ input: [{ type: 'message', role: 'user', content }] }),
    [{ type: 'input_text' }, { type: 'input_audio', input_audio: { data: '', format: long } }, { type: 'x' }],
  ],
  'the reasoning of Responses': [
    responses,
    (content) => ({ input: [{ type: 'reasoning', content }] }),
    [{ type: 'reasoning_text' }, { type: long, text: '' }],
  ],
}

describe.for(Object.entries(lists))('of %s', ([, [schema, bodyWith, misfits]]) => {
  test.for(misfits)('none is looked at behind the first that does not fit: %j', (misfit) => {
    let looks = 0
    const watched = new Proxy({}, { get: () => ++looks, has: () => ++looks > 0 })
    failureNow(() => parseWire(schema, bodyWith([misfit, watched])))
    expect(looks).toBe(0)
  })
})
