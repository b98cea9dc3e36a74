import { describe, expect, test } from 'vitest'
import { startDeadlines } from '../../src/upstream/deadlines.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { until } from '../simulator/running-simulator.ts'
import { asks } from './chat-requests.ts'
import { chatPath, runUpstream, textOf } from './running-upstream.ts'

const request = asks('[[words 20]]')

describe('a stream is ended as a timeout, and its connection closed,', () => {
  test.each([
    [
      'when its first event does not come',
      'hang',
      { firstEventMs: 50 },
      'The model did not begin to answer (limit 0.05 s).',
    ],
    [
      'when it opens and says nothing',
      'dead-engine',
      { firstEventMs: 50 },
      'The model did not begin to answer (limit 0.05 s).',
    ],
    ['when it falls silent', 'hang-after 3', { idleMs: 50 }, 'The model fell silent (limit 0.05 s).'],
    ['when it takes too long in all', 'hang', { totalMs: 50 }, 'The answer took too long (limit 0.05 s).'],
  ] as const)('%s', async (_when, fault, limits, message) => {
    const { simulator, ask, asked } = await runUpstream({}, limits)
    simulator.faults.always(fault)
    const visit = openVisit()
    expect(await failureOf(() => ask(request, visit))).toMatchObject({ kind: 'timeout', message })
    expect(visit.signal.reason).toMatchObject({ kind: 'timeout' })
    await until(() => asked(chatPath)[0]?.closedBy === 'client')
  })

  test('when it goes on and on, however steadily', async () => {
    const { ask } = await runUpstream({ tokensPerSecond: 100 }, { idleMs: 5000, totalMs: 150 })
    const visit = openVisit()
    expect((await failureOf(() => ask(asks('[[words 500]]', { max_completion_tokens: 500 }), visit))).kind).toBe(
      'timeout',
    )
    expect(visit.entry.usage?.completionTokens).toBeGreaterThan(0)
  })
})

describe('a stream goes on', () => {
  test('where its events come within the limit each, however long it takes', async () => {
    const { ask } = await runUpstream({ tokensPerSecond: 20 }, { firstEventMs: 400, idleMs: 400 })
    expect(textOf(await ask(asks('[[words 15]]')))).toContain('w15')
  })
})

describe('a whole reply', () => {
  test('has no limit but that of the whole', async () => {
    const { simulator, ask } = await runUpstream({}, { firstEventMs: 20, idleMs: 20 })
    simulator.faults.always('slow-first 150')
    expect(textOf(await ask(request, openVisit({ streamed: false })))).toContain('w20')
  })

  test('is ended as a timeout when that is over', async () => {
    const { simulator, ask, asked } = await runUpstream({}, { totalMs: 50 })
    simulator.faults.always('hang-after')
    const failure = await failureOf(() => ask(request, openVisit({ streamed: false })))
    expect(failure).toMatchObject({ kind: 'timeout', message: 'The answer took too long (limit 0.05 s).' })
    await until(() => asked(chatPath)[0]?.closedBy === 'client')
  })
})

describe('the clocks of an answer', () => {
  const limits = { firstEventMs: 20, idleMs: 20, totalMs: 20 }

  test('expire once, even where all of them are due', async () => {
    const expired: string[] = []
    startDeadlines(limits, true, ({ message }) => expired.push(message))
    const later = startDeadlines({ ...limits, totalMs: 60 }, false, () => expired.push('later'))
    await until(() => expired.includes('later'))
    later.stop()
    expect(expired).toHaveLength(2)
  })

  test('stop for good, also after events', async () => {
    let expired = false
    const deadlines = startDeadlines(limits, true, () => {
      expired = true
    })
    deadlines.noteEvent()
    deadlines.noteEvent()
    deadlines.stop()
    let over = false
    startDeadlines({ ...limits, totalMs: 60 }, false, () => {
      over = true
    })
    await until(() => over)
    expect(expired).toBe(false)
  })
})
