import { expect, test } from 'vitest'
import { modelOf } from '../../src/dialects/model-of.ts'

test('the model is read from a body that nobody has looked at yet', () => {
  expect(modelOf({ model: 'gpt-5', messages: 5 })).toBe('gpt-5')
})

test.each([undefined, null, 'gpt-5', [], {}, { model: '' }, { model: null }, { model: 5 }, { model: ['a'] }])(
  'there is none in %j',
  (body) => {
    expect(modelOf(body)).toBeUndefined()
  },
)
