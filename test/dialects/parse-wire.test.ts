import { expect, test } from 'vitest'
import * as z from 'zod'
import { parseWire } from '../../src/dialects/parse-wire.ts'
import { failureNow } from '../chat/failure-of.ts'

test('a body that fits is what its schema makes of it', () => {
  expect(parseWire(z.object({ a: z.number() }), { a: 1, b: 2 })).toEqual({ a: 1 })
})

test.for(['compiled', 'plain'])('the first misfit is told, and nothing behind it is looked at: %s', (form) => {
  let looks = 0
  const item = z.string().refine(() => ++looks < 0, { error: 'another word' })
  const list = z.object({ list: z.array(z.union([z.object({ inner: z.array(item) }), z.number()])) })
  const schema = form === 'compiled' ? z.compile(list) : list
  const inner = Array.from({ length: 1000 }, () => 'a')
  const body = { list: Array.from({ length: 100 }, () => ({ inner })) }
  expect(failureNow(() => parseWire(schema, body)).field).toBe('list[0].inner[0]')
  // Twice: the compiled schema gives up at once, and then the other looks for the reason.
  expect(looks).toBeLessThanOrEqual(2)
})
