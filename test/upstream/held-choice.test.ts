import { expect, test } from 'vitest'
import type { ChatEvent } from '../../src/chat/chat-event.ts'
import type { AnswerRules } from '../../src/upstream/answer-rules.ts'
import { holdChoice } from '../../src/upstream/held-choice.ts'

const rules: AnswerRules = { forced: undefined, checked: new Map(), format: undefined, thinkingOnly: 'leave' }

test('an answer of any length is held and told', () => {
  const choice = holdChoice(0, { ...rules, format: { type: 'json_object' } })
  const told: ChatEvent[] = []
  const count = 300_000
  for (let index = 0; index < count; index++) choice.take({ type: 'text-delta', choice: 0, text: 'a' }, told)
  expect(told).toEqual([])
  choice.release(told)
  expect(told).toHaveLength(count)
  choice.release(told)
  expect(told).toHaveLength(count)
})
