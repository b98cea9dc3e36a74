import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatMessage } from '../../src/chat/chat-request.ts'
import { pairToolHistory } from '../../src/dialects/tool-history.ts'
import { proportionateMs, timeTaken } from './time-taken.ts'

const hi: ChatMessage = { role: 'user', content: 'Hi' }

function calls(...ids: string[]): ChatMessage {
  const tool_calls = ids.map((id) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } }))
  return { role: 'assistant', content: null, tool_calls }
}

function result(id: string, content = `<${id}>`): ChatMessage {
  return { role: 'tool', tool_call_id: id, content }
}

test('a conversation that is in order stays as it is', () => {
  const messages = [hi, calls('a', 'b'), result('a'), result('b'), { role: 'assistant', content: 'Done' } as const, hi]
  expect(pairToolHistory(messages)).toEqual(messages)
  expect(pairToolHistory([])).toEqual([])
})

test('results stand right behind their calls, in their order', () => {
  expect(pairToolHistory([calls('a', 'b'), hi, result('b'), result('a')])).toEqual([
    calls('a', 'b'),
    result('a'),
    result('b'),
    hi,
  ])
})

test('a call without a result gets one that says so', () => {
  const none = (id: string) => result(id, '[no result]')
  expect(pairToolHistory([calls('a', 'b'), result('b'), hi])).toEqual([calls('a', 'b'), none('a'), result('b'), hi])
  expect(pairToolHistory([hi, calls('a')])).toEqual([hi, calls('a'), none('a')])
})

test('a result without a call is text of the user’s, images included', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } } as const
  const [, first, second] = pairToolHistory([hi, result('x'), { role: 'tool', tool_call_id: 'y', content: [image] }])
  expect(first).toEqual({
    role: 'user',
    content: expect.stringMatching(/^\[result of .* not in this conversation\]\n<x>$/),
  })
  expect(second).toMatchObject({ role: 'user', content: [{ type: 'text' }, image] })
})

const late = { role: 'user', content: '[result of an earlier tool call]\n<a>' }

test('a second result of one call is text, too', () => {
  expect(pairToolHistory([calls('a'), result('a'), result('a')])).toEqual([calls('a'), result('a'), late])
})

test('a result belongs to the turn before it, not to an earlier one', () => {
  const later = pairToolHistory([calls('a'), calls('b'), result('a'), result('b')])
  expect(later.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'tool', 'user'])
  expect(later.at(-1)).toEqual(late)
})

test('ids that are there twice in a turn are made unique, and results are taken in order', () => {
  expect(pairToolHistory([calls('a', 'a', 'a_2'), result('a', '1'), result('a', '2'), result('a_2', '3')])).toEqual([
    calls('a', 'a_2', 'a_2_2'),
    result('a', '1'),
    result('a_2', '2'),
    result('a_2_2', '3'),
  ])
})

const anyMessage = fc.oneof(
  fc.constant(hi),
  fc.array(fc.constantFrom('a', 'b', 'a_2'), { maxLength: 3 }).map((ids) => calls(...ids)),
  fc.constantFrom('a', 'b', 'a_2', 'c').map((id) => result(id)),
)

test('whatever is sent, every call has one result right behind it, and nothing that was said is lost', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 10 }), (messages) => {
      const paired = pairToolHistory(messages)
      let open: string[] = []
      for (const message of paired) {
        if (message.role === 'tool') expect(message.tool_call_id).toBe(open.shift())
        else expect(open).toEqual([])
        if (message.role === 'assistant') open = (message.tool_calls ?? []).map(({ id }) => id)
        expect(new Set(open).size).toBe(open.length)
      }
      expect(open).toEqual([])
      const said = (all: readonly ChatMessage[]) => JSON.stringify(all).match(/<\w+>/g)?.toSorted() ?? []
      expect(said(paired)).toEqual(said(messages))
      expect(pairToolHistory(paired)).toEqual(paired)
    }),
  )
})

test('a turn with very many calls under one id costs no more than it is long', () => {
  const ids = Array.from({ length: 30_000 }, () => 'a')
  const results = ids.map((id) => result(id))
  let paired: readonly ChatMessage[] = []
  expect(
    timeTaken(() => {
      paired = pairToolHistory([calls(...ids), ...results])
    }),
  ).toBeLessThan(proportionateMs)
  expect(paired.at(-1)).toEqual(result('a_30000', '<a>'))
})
