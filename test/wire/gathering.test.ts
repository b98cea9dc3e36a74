import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGather } from '../../src/wire/gathering.ts'

test('what is gathered in a turn of the event loop is done after it, in order, and once', async () => {
  const gather = createGather()
  const done: string[] = []
  gather(() => done.push('first'))
  gather(() => {
    done.push('second')
    gather(() => done.push('of the next turn'))
  })
  await Promise.resolve()
  expect(done).toEqual([])
  await setImmediate()
  expect(done).toEqual(['first', 'second'])
  await setImmediate()
  expect(done).toEqual(['first', 'second', 'of the next turn'])
})
