import { describe, expect, test } from 'vitest'
import type { ChatEvents } from '../../src/chat/chat-event.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { failureOf } from './failure-of.ts'
import { answerWell, batches, openHouse, request } from './open-house.ts'
import { type OpenVisit, openVisit } from './open-visit.ts'

/** Waits as a model server does that says nothing: until the visit ends. */
function silence({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('socket closed')), { once: true })
  })
}

/** Every way out, and what the account says of it. */
describe.each<{
  name: string
  outcome: string
  kind: string
  answer: (visit: OpenVisit) => AsyncGenerator<ChatEvents>
}>([
  {
    name: 'the model server fails before its first event',
    outcome: 'failed',
    kind: 'upstream-failed',
    async *answer() {
      yield await Promise.reject(new GatewayError('upstream-failed', 'No.'))
    },
  },
  {
    name: 'the model server fails after events',
    outcome: 'failed',
    kind: 'upstream-failed',
    async *answer() {
      yield* batches
      throw new GatewayError('upstream-failed', 'No.')
    },
  },
  {
    name: 'something fails that nobody foresaw',
    outcome: 'failed',
    kind: 'internal',
    async *answer() {
      yield* batches
      throw new TypeError('x is not a function')
    },
  },
  {
    name: 'the client leaves before the first event',
    outcome: 'abandoned',
    kind: 'abandoned',
    async *answer(visit) {
      queueMicrotask(visit.leave)
      yield await silence(visit)
    },
  },
  {
    name: 'the client leaves after events',
    outcome: 'abandoned',
    kind: 'abandoned',
    async *answer(visit) {
      yield* batches
      queueMicrotask(visit.leave)
      await silence(visit)
    },
  },
  {
    name: 'a deadline of the house ends it',
    outcome: 'failed',
    kind: 'timeout',
    async *answer(visit) {
      yield* batches
      queueMicrotask(() => visit.abort(new GatewayError('timeout', 'Too long.')))
      await silence(visit)
    },
  },
])('when $name', ({ outcome, kind, answer }) => {
  test(`it is told as ${kind}, the account is ${outcome}, and the place is left`, async () => {
    const visit = openVisit()
    const { places, serve } = openHouse(() => answer(visit))
    expect((await failureOf(() => serve(visit))).kind).toBe(kind)
    expect(visit.entry.outcome).toBe(outcome)
    expect(places.running).toBe(0)
  })
})

test('a caller who cannot take events ends the answer upstream and leaves the place', async () => {
  let ended = false
  const { places, serveChat } = openHouse(async function* () {
    try {
      yield* batches
    } finally {
      ended = true
    }
  })
  const visit = openVisit()
  const served = serveChat(request, visit, () => Promise.reject(new TypeError('x is not a function')))
  expect((await failureOf(() => served)).kind).toBe('internal')
  expect(ended).toBe(true)
  expect(visit.entry.outcome).toBe('failed')
  expect(places.running).toBe(0)
})

test('the account is settled once: what comes after the end does not change it', async () => {
  const { serve } = openHouse(answerWell)
  const visit = openVisit()
  await serve(visit)
  visit.leave()
  visit.entry.settle('failed')
  expect(visit.entry.outcome).toBe('completed')
})
