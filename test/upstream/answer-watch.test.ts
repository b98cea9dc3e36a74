import { expect, test } from 'vitest'
import { watchAnswers } from '../../src/upstream/answer-watch.ts'
import type { DeadlineLimits } from '../../src/upstream/deadlines.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { runSimulator } from '../simulator/running-simulator.ts'
import { deliveriesOf } from '../support/deliveries.ts'
import { asks } from './chat-requests.ts'
import { connectUpstream, startServers } from './running-upstream.ts'

async function openWatch(limits: Partial<DeadlineLimits> = {}) {
  const { url } = await runSimulator()
  const changes: boolean[] = []
  const { upstream } = connectUpstream(startServers([url]), limits)
  const watched = watchAnswers(upstream, (failing, cause) => {
    changes.push(failing)
    expect(cause === undefined).toBe(!failing)
  })
  const say = (text: string) =>
    deliveriesOf((deliver) => {
      const visit = openVisit()
      return watched.answer(asks(text), visit, (events) => {
        visit.entry.note(events)
        return deliver(events)
      })
    })
  const failWith = (text: string) => failureOf(() => say(text))
  return { watched, changes, say, failWith }
}

test('three failures in a row are told once, and the first success after them once', async () => {
  const { watched, changes, say, failWith } = await openWatch()
  for (const _ of [1, 2]) expect((await failWith('[[fault engine-dead]] Hi')).kind).toBe('upstream-failed')
  expect([watched.failing, changes]).toEqual([false, []])
  for (const _ of [3, 4]) await failWith('[[fault engine-dead]] Hi')
  expect([watched.failing, changes]).toEqual([true, [true]])
  for (const _ of [1, 2]) await say('[[say Hi]]')
  expect([watched.failing, changes]).toEqual([false, [true, false]])
})

test('answers that nobody could wait for any longer are failures', async () => {
  const { watched, changes, say, failWith } = await openWatch({ firstEventMs: 300 })
  for (const _ of [1, 2, 3]) expect((await failWith('[[fault hang]] Hi')).kind).toBe('timeout')
  expect([watched.failing, changes]).toEqual([true, [true]])
  await say('[[say Hi]]')
  expect(watched.failing).toBe(false)
})

test('an answer that came, and took too long in all, is no failure', async () => {
  const { watched, failWith } = await openWatch({ totalMs: 400 })
  for (const _ of [1, 2, 3]) expect((await failWith('[[words 9]][[fault hang-after 3]]')).kind).toBe('timeout')
  expect(watched.failing).toBe(false)
})

test('a success between failures begins the count anew', async () => {
  const { watched, changes, say, failWith } = await openWatch()
  for (const text of ['[[fault engine-dead]]', '[[fault cut 1]] Hi']) await failWith(text)
  await say('[[say Hi]]')
  for (const text of ['[[fault engine-dead]]', '[[fault cut 1]] Hi']) await failWith(text)
  expect([watched.failing, changes]).toEqual([false, []])
})

test('what a request is to blame for says nothing of the server', async () => {
  const { watched, changes, failWith } = await openWatch()
  for (const _ of [1, 2, 3, 4]) await failWith('[[fault status 400]] Hi')
  expect([watched.failing, changes]).toEqual([false, []])
})
