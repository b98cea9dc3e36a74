import { expect } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'

type Block = 'reasoning' | 'text' | 'tool-call'

/** Fails the test unless the events are a reply: blocks that open, go on, close and never overlap, and one end each. */
export function expectGrammar(events: readonly ChatEvent[], choices: number): void {
  expect(events.filter(({ type }) => type === 'start')).toHaveLength(1)
  expect(events[0]?.type).toBe('start')
  expect(events.filter(({ type }) => type === 'usage')).toHaveLength(1)
  expect(events.at(-1)?.type).toBe('usage')
  for (let choice = 0; choice < choices; choice++) {
    expectChoice(events.filter((event) => 'choice' in event && event.choice === choice))
  }
  const known = events.filter((event) => !('choice' in event) || event.choice < choices)
  expect(known).toHaveLength(events.length)
}

function expectChoice(events: readonly ChatEvent[]): void {
  let open: Block | undefined
  let calls = 0
  for (const event of events.slice(0, -1)) {
    const block = blockOf(event)
    if (block === undefined) {
      expect(event.type, 'between the beginning and the end of a choice').toBe('logprobs')
      continue
    }
    const opens = event.type.endsWith('-start')
    expect(open, event.type).toBe(opens ? undefined : block)
    if (event.type === 'tool-call-start') calls++
    if ('index' in event) expect(event.index).toBe(calls - 1)
    open = event.type.endsWith('-end') ? undefined : block
  }
  expect(open, 'a block that is open at the end').toBeUndefined()
  expect(events.at(-1)?.type).toBe('finish')
}

function blockOf({ type }: ChatEvent): Block | undefined {
  if (type.startsWith('reasoning-')) return 'reasoning'
  if (type.startsWith('text-')) return 'text'
  return type.startsWith('tool-call-') ? 'tool-call' : undefined
}
