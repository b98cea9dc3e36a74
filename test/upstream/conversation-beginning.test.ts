import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../src/chat/chat-request.ts'
import { conversationBeginning } from '../../src/upstream/conversation-beginning.ts'
import { asks } from './chat-requests.ts'

const image = (data: string): ChatMessage => ({
  role: 'user',
  content: [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
  ],
})
const system: ChatMessage = { role: 'system', content: 'You are kind.' }
const hello: ChatMessage = { role: 'user', content: 'Hello' }

function beginningOf(...messages: readonly ChatMessage[]): string {
  return conversationBeginning({ ...asks(''), messages })
}

describe('the beginning of a conversation', () => {
  test('stays while turns are added, whatever they hold', () => {
    const first = beginningOf(system, hello)
    const call = { id: '1', type: 'function' as const, function: { name: 'look', arguments: '{}' } }
    const later: ChatMessage[] = [
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: '1', content: 'Seen.' },
      { role: 'user', content: 'And now?' },
    ]
    for (const count of [1, 2, 3]) expect(beginningOf(system, hello, ...later.slice(0, count))).toBe(first)
  })

  test.each<readonly [string, readonly ChatMessage[], readonly ChatMessage[]]>([
    ['words of the system', [system, hello], [{ role: 'system', content: 'You are not.' }, hello]],
    ['first words of the user', [system, hello], [system, { role: 'user', content: 'Goodbye' }]],
    ['images', [image('AAAA')], [image('AAAB')]],
    [
      'places of the same words',
      [{ role: 'user', content: 'ab' }],
      [
        { role: 'system', content: 'a' },
        { role: 'user', content: 'b' },
      ],
    ],
  ])('is another with other %s', (_what, left, right) => {
    expect(beginningOf(...left)).not.toBe(beginningOf(...right))
  })

  test('is another with other tools', () => {
    const tool = (name: string) => ({ type: 'function' as const, function: { name, parameters: {} } })
    const [look, find] = ['look', 'find'].map((name) => conversationBeginning({ ...asks('Hi'), tools: [tool(name)] }))
    expect(look).not.toBe(find)
  })

  test('is short, however long the conversation is', () => {
    const long = 'word '.repeat(1_000_000)
    expect(beginningOf({ role: 'user', content: long }).length).toBeLessThan(10_000)
    expect(beginningOf(image('A'.repeat(1_000_000))).length).toBeLessThan(1000)
  })
})
