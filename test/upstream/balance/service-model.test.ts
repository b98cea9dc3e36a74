import { expect, test } from 'vitest'
import { createServiceModel } from '../../../src/upstream/balance/service-model.ts'
import { startServers } from '../running-upstream.ts'

test('a server that is drained has no say in the model, so that two can be given another one after the other', () => {
  const { all } = startServers(['http://127.0.0.1:1', 'http://127.0.0.1:2'])
  const [first, second] = all
  if (first === undefined || second === undefined) throw new Error('There are two.')
  const model = createServiceModel({ servers: all, wanted: null })
  model.note(first.server, ['old'])
  expect(model.note(second.server, ['new'])).toBe('old')
  expect(all.map(({ otherModel }) => otherModel)).toEqual([false, true])
  first.draining = true
  expect(model.note(second.server, ['new'])).toBe('new')
  expect(all.map(({ otherModel }) => otherModel)).toEqual([true, false])
  // Where all are, each has its say again.
  second.draining = true
  expect(model.note(second.server, ['new'])).toBe('old')
})
