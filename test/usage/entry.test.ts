import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { openTestEntry } from '../support/test-entry.ts'

/** An entry under a clock that a test turns. */
function openAt(start: number) {
  let clock = start
  const entry = openTestEntry(() => clock)
  return {
    entry,
    pass(milliseconds: number) {
      clock += milliseconds
    },
  }
}

const usage = { promptTokens: 3, cachedTokens: 0, completionTokens: 2, reasoningTokens: 1 }
const start: ChatEvent = { type: 'start', created: 1 }

test('an account that was only opened knows nothing', () => {
  const { entry } = openAt(1000)
  expect({ ...entry }).toMatchObject({
    maxTokens: undefined,
    outcome: undefined,
    usage: undefined,
    queueMs: undefined,
    firstTokenMs: undefined,
  })
})

test('times are counted from the opening', () => {
  const { entry, pass } = openAt(1000)
  pass(20)
  entry.noteAdmitted()
  pass(30)
  entry.note([{ type: 'text-start', choice: 0 }])
  pass(40)
  entry.note([{ type: 'text-delta', choice: 0, text: 'a' }])
  expect([entry.queueMs, entry.firstTokenMs]).toEqual([20, 50])
})

describe('the first token', () => {
  test('is not the mere beginning of an answer', () => {
    const { entry, pass } = openAt(0)
    entry.note([start])
    entry.note([{ type: 'usage', usage }])
    expect(entry.firstTokenMs).toBeUndefined()
    pass(5)
    entry.note([start, { type: 'text-start', choice: 0 }])
    expect(entry.firstTokenMs).toBe(5)
  })

  test.each<ChatEvent>([
    { type: 'reasoning-start', choice: 0 },
    { type: 'tool-call-start', choice: 0, index: 0, id: 'a', name: 'f' },
    { type: 'finish', choice: 0, reason: 'stop', stopString: null },
  ])('may be $type', (event) => {
    const { entry, pass } = openAt(0)
    pass(5)
    entry.note([event])
    expect(entry.firstTokenMs).toBe(5)
  })
})

test('the newest count and the newest limit are what counts', () => {
  const { entry } = openAt(0)
  entry.noteUsage(usage)
  entry.noteUsage({ ...usage, completionTokens: 9 })
  entry.noteMaxTokens(1024)
  entry.noteMaxTokens(200)
  expect(entry).toMatchObject({ usage: { promptTokens: 3, completionTokens: 9 }, maxTokens: 200 })
})

test('the first end is the end', () => {
  const { entry } = openAt(0)
  entry.settle('failed')
  entry.settle('completed')
  expect(entry.outcome).toBe('failed')
})
