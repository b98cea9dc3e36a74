import { expect, test } from 'vitest'
import { createFetchTurns } from '../../src/media/fetch-turns.ts'
import { failureOf } from '../chat/failure-of.ts'

const { signal } = new AbortController()

function openTurns() {
  return createFetchTurns({ atOnceMax: 2, waitingMax: 2 })
}

test('a key has two turns at once, and the next when one ends, in the order of asking', async () => {
  const turns = openTurns()
  const [endFirst, endSecond] = await Promise.all([turns.take('a', signal), turns.take('a', signal)])
  const order: string[] = []
  const take = async (name: string) => {
    const end = await turns.take('a', signal)
    order.push(name)
    return end
  }
  const [third, fourth] = [take('third'), take('fourth')]
  await Promise.resolve()
  expect(order).toEqual([])
  endFirst()
  const endThird = await third
  expect(order).toEqual(['third'])
  endSecond()
  const endFourth = await fourth
  expect(order).toEqual(['third', 'fourth'])
  endThird()
  endFourth()
  expect(await turns.take('a', signal)).toBeTypeOf('function')
})

test('keys do not wait for each other', async () => {
  const turns = openTurns()
  await Promise.all(['a', 'a', 'b', 'b', 'c'].map((key) => turns.take(key, signal)))
})

test('who leaves the line is passed over', async () => {
  const turns = openTurns()
  const [end] = await Promise.all([turns.take('a', signal), turns.take('a', signal)])
  const leaving = new AbortController()
  const left = turns.take('a', leaving.signal)
  const next = turns.take('a', signal)
  leaving.abort(new Error('The client left.'))
  await expect(left).rejects.toThrow('The client left.')
  end()
  await next
})

test('who has left already gets no turn', async () => {
  await expect(openTurns().take('a', AbortSignal.abort(new Error('The client left.')))).rejects.toThrow('left')
})

test('a line has an end', async () => {
  const turns = openTurns()
  const ends = [await turns.take('a', signal), await turns.take('a', signal)]
  const waiting = [turns.take('a', signal), turns.take('a', signal)]
  expect(await failureOf(() => turns.take('a', signal))).toMatchObject({ kind: 'rate-limited', retryAfterSeconds: 5 })
  for (const end of ends) end()
  await Promise.all(waiting)
})
