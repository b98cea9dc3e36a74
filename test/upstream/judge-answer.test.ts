import { expect, test } from 'vitest'
import type { AnswerRules } from '../../src/upstream/answer-rules.ts'
import type { SaidChoice } from '../../src/upstream/held-choice.ts'
import { judgeAnswer } from '../../src/upstream/judge-answer.ts'
import { createTimeBoxes } from '../../src/upstream/time-box.ts'

const schema = { type: 'object', required: ['city'] }
const rules: AnswerRules = {
  forced: 'required',
  checked: new Map([['get_weather', schema]]),
  format: undefined,
  thinkingOnly: 'leave',
}
const said: SaidChoice = {
  reasoning: '',
  text: '',
  calls: [{ id: 'a', name: 'get_weather', json: '{}', complete: true }],
  finish: 'tool-calls',
}

// It has to be the first in its process that checks a schema.
test('a first check for which there was no time does not keep later ones from being made', () => {
  judgeAnswer(said, rules, createTimeBoxes(5)())
  expect(judgeAnswer(said, rules, createTimeBoxes(5000)())).toMatchObject({ kind: 'wrong-calls' })
})
