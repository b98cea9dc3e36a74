import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { Fault } from '../../src/simulator/faults/fault.ts'
import { failureOf } from '../chat/failure-of.ts'
import { type OpenVisit, openVisit } from '../chat/open-visit.ts'
import { until } from '../simulator/running-simulator.ts'
import { asks } from './chat-requests.ts'
import { chatPath, connectUpstream, replyOf, runUpstream, textOf } from './running-upstream.ts'

const request = asks('[[words 30]]')
const words = Array.from({ length: 30 }, (_, index) => `w${index + 1}`).join(' ')

async function failureWith(fault: Fault, visit: OpenVisit): Promise<GatewayError> {
  const { simulator, ask } = await runUpstream()
  simulator.faults.always(fault)
  return failureOf(() => ask(request, visit))
}

describe.each([true, false])('an answer, streamed: %j,', (streamed) => {
  test.each<[Fault, string]>([
    ['engine-dead', 'upstream-failed'],
    ['status 400', 'unsupported-field'],
    ['status 401', 'upstream-unavailable'],
    ['status 404', 'upstream-unavailable'],
    ['status 429', 'overloaded'],
    ['status 503', 'overloaded'],
    ['status 500', 'upstream-failed'],
    ['reset', 'upstream-unavailable'],
    ['garbage', 'upstream-failed'],
    ['bad-chunk', 'upstream-failed'],
    ['reset-after 100', 'upstream-failed'],
    ['cut 2', 'upstream-failed'],
    ['error-in-stream', 'upstream-failed'],
    ['error-in-stream 5', 'upstream-failed'],
    ['abort', 'upstream-failed'],
    ['repetition', 'upstream-failed'],
  ])('that goes wrong by %s is %s', async (fault, kind) => {
    const failure = await failureWith(fault, openVisit({ streamed }))
    expect(failure.kind).toBe(kind)
    expect(failure.message).not.toMatch(/EngineCore|Internal server error|<html/i)
  })

  test.each<Fault>(['drip', 'crlf', 'comments', 'no-done'])('that is only odd by %s is whole', async (fault) => {
    const { simulator, ask } = await runUpstream()
    simulator.faults.always(fault)
    expect(textOf(await ask(asks('[[say Grüße 🚀]]'), openVisit({ streamed })))).toBe('Grüße 🚀')
  })

  test('ends upstream when its client leaves before its first event', async () => {
    const { simulator, ask, asked } = await runUpstream()
    simulator.faults.always('hang')
    const visit = openVisit({ streamed })
    const answer = failureOf(() => ask(request, visit))
    await until(() => asked(chatPath).length === 1)
    const leftAt = Date.now()
    visit.leave()
    expect((await answer).kind).toBe('abandoned')
    await until(() => asked(chatPath)[0]?.closedBy === 'client')
    expect((asked(chatPath)[0]?.closedAt ?? Number.NaN) - leftAt).toBeLessThan(250)
  })
})

describe('a stream', () => {
  test('that breaks off is accounted for as far as it came', async () => {
    const visit = openVisit()
    expect((await failureWith('reset-after 2500', visit)).kind).toBe('upstream-failed')
    expect(visit.entry.usage?.promptTokens).toBeGreaterThan(0)
    expect(visit.entry.usage?.completionTokens).toBeGreaterThan(0)
    expect(visit.entry.usage?.completionTokens).toBeLessThan(30)
  })

  test('with an event of more than a million characters is a failure', async () => {
    const failure = await failureWith('huge-event 2000000', openVisit())
    expect(failure).toMatchObject({ kind: 'upstream-failed' })
    expect(failure.message).toContain('too long')
  })

  test('with an event of almost a million is whole', async () => {
    const { simulator, ask } = await runUpstream()
    simulator.faults.next('huge-event 1000000')
    expect(textOf(await ask(request)).length).toBeGreaterThan(1_000_000)
  })

  test('ends upstream when its events cannot be taken', async () => {
    const { simulator, asked, servers } = await runUpstream({ tokensPerSecond: 50 })
    const { upstream } = connectUpstream(servers)
    const answer = upstream.answer(request, openVisit(), () => {
      throw new GatewayError('internal', 'No.')
    })
    expect((await failureOf(() => answer)).kind).toBe('internal')
    await until(() => asked(chatPath)[0]?.closedBy === 'client')
    await until(() => simulator.running === 0)
  })

  test('ends upstream when its client leaves in the middle, and is accounted for so far', async () => {
    const { ask, asked } = await runUpstream({ tokensPerSecond: 50 })
    const visit = openVisit()
    const answer = failureOf(() => ask(request, visit))
    await until(() => (visit.entry.usage?.completionTokens ?? 0) > 2)
    const leftAt = Date.now()
    visit.leave()
    expect((await answer).kind).toBe('abandoned')
    await until(() => asked(chatPath)[0]?.closedBy === 'client')
    expect((asked(chatPath)[0]?.closedAt ?? Number.NaN) - leftAt).toBeLessThan(250)
    expect(visit.entry.usage?.completionTokens).toBeLessThan(30)
  })
})

describe('what vLLM refuses by a parameter is told by its name', () => {
  test('before the answer', async () => {
    const { ask } = await runUpstream({ maxChoices: 2 })
    const failure = await failureOf(() => ask(asks('Hi', { n: 3, temperature: 0.7 })))
    expect(failure).toMatchObject({ kind: 'unsupported-field', field: 'n' })
  })

  test('inside a 200', async () => {
    const { ask } = await runUpstream()
    const failure = await failureOf(() => ask(asks('Hi', { logprobs: true, top_logprobs: 30 })))
    expect(failure).toMatchObject({ kind: 'unsupported-field', field: 'logprobs' })
  })
})

test('an answer that is whole is told as it was said, and all of it is accounted for', async () => {
  const { ask } = await runUpstream()
  const visit = openVisit()
  const events = await ask(request, visit)
  expect(textOf(events)).toBe(words)
  expect(visit.entry.usage).toEqual(replyOf(events).usage)
})
