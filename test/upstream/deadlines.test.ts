import { describe, expect, test } from 'vitest'
import { startDeadlines } from '../../src/upstream/deadlines.ts'
import { failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'
import { until } from '../simulator/running-simulator.ts'
import { asks, tool } from './chat-requests.ts'
import { chatPath, connectUpstream, type RunningUpstream, runUpstream, textOf } from './running-upstream.ts'

const request = asks('[[words 20]]')

/** Lets clocks of so many milliseconds go off so many times. */
async function ticks(times: number, milliseconds: number): Promise<void> {
  for (let tick = 0; tick < times; tick++) {
    await new Promise<void>((resolve) => {
      startDeadlines({ firstEventMs: 0, idleMs: 0, totalMs: milliseconds }, 'unwatched', () => resolve())
    })
  }
}

describe('a stream is ended as a timeout, and its connection closed,', () => {
  test.each([
    [
      'when its first event does not come',
      'hang',
      { firstEventMs: 300 },
      'The model did not begin to answer (limit 0.3 s).',
    ],
    [
      'when it opens and says nothing',
      'dead-engine',
      { firstEventMs: 300 },
      'The model did not begin to answer (limit 0.3 s).',
    ],
    ['when it falls silent', 'hang-after 3', { idleMs: 50 }, 'The model fell silent (limit 0.05 s).'],
    ['when it takes too long in all', 'hang', { totalMs: 300 }, 'The answer took too long (limit 0.3 s).'],
  ] as const)('%s', async (_when, fault, limits, message) => {
    const { simulator, ask, asked } = await runUpstream({}, limits)
    simulator.faults.always(fault)
    const visit = openVisit()
    expect(await failureOf(() => ask(request, visit))).toMatchObject({ kind: 'timeout', message })
    expect(visit.signal.reason).toMatchObject({ kind: 'timeout' })
    await until(() => asked(chatPath)[0]?.closedBy === 'client')
  })

  test('when it goes on and on, however steadily', async () => {
    const { ask } = await runUpstream({ tokensPerSecond: 100 }, { idleMs: 5000, totalMs: 500 })
    const visit = openVisit()
    expect((await failureOf(() => ask(asks('[[words 500]]', { max_completion_tokens: 500 }), visit))).kind).toBe(
      'timeout',
    )
    expect(visit.entry.usage?.completionTokens).toBeGreaterThan(0)
  })
})

describe('a stream goes on', () => {
  test('while it is the caller who does not take what came', async () => {
    const { simulator, servers } = await runUpstream()
    simulator.faults.always('hang-after 5')
    const { upstream } = connectUpstream(servers, { idleMs: 50 })
    const visit = openVisit()
    let batches = 0
    const failure = await failureOf(() =>
      upstream.answer(request, visit, async (events) => {
        expect(events.length).toBeGreaterThan(0)
        await ticks(4, 50)
        expect(visit.signal.aborted).toBe(false)
        batches++
      }),
    )
    expect(batches).toBeGreaterThan(0)
    expect(failure).toMatchObject({ kind: 'timeout', message: 'The model fell silent (limit 0.05 s).' })
  })

  test('where its events come within the limit each, however long it takes', async () => {
    const { ask } = await runUpstream({ tokensPerSecond: 20 }, { firstEventMs: 400, idleMs: 400 })
    expect(textOf(await ask(asks('[[words 15]]')))).toContain('w15')
  })
})

test('a second answer has what the first one left of the whole', async () => {
  const { ask, asked } = await runUpstream({ tokensPerSecond: 50 }, { totalMs: 900 })
  const content = '[[words 25]][[try 2]][[words 25]][[call f {}]]'
  const forced = asks(content, { tools: [tool('f')], tool_choice: 'required' })
  expect(await failureOf(() => ask(forced))).toMatchObject({ message: 'The answer took too long (limit 0.9 s).' })
  expect(asked(chatPath)).toHaveLength(2)
})

describe('a whole reply', () => {
  const whole = () => openVisit({ streamed: false })
  const stands = 'The model did nothing (limit 0.15 s).'

  test('is waited for as long as the engine moves, whoever it is that it works for', async () => {
    const { ask } = await runUpstream({ tokensPerSecond: 100 }, { firstEventMs: 150 })
    const long = asks('[[words 100]]', { max_completion_tokens: 500 })
    expect(textOf(await ask(long, whole()))).toContain('w100')
    const visit = whole()
    const alone = failureOf(() => ask(asks('[[fault dead-engine]]'), visit))
    await ask(asks('[[words 60]]', { max_completion_tokens: 500 }), whole())
    expect(visit.signal.aborted).toBe(false)
    expect((await alone).message).toBe(stands)
  })

  test('is ended as a timeout where the engine comes no further, and its connection is closed', async () => {
    const { simulator, ask, asked } = await runUpstream({}, { firstEventMs: 150 })
    await ask(request)
    simulator.faults.always('dead-engine', chatPath)
    const startedAt = performance.now()
    expect(await failureOf(() => ask(request, whole()))).toMatchObject({ kind: 'timeout', message: stands })
    // One look to see how far it is, and one to see that it is no further.
    expect(performance.now() - startedAt).toBeGreaterThan(290)
    await until(() => asked(chatPath).at(-1)?.closedBy === 'client')
  })

  test.each([
    ['counts nothing', (running: RunningUpstream) => running.simulator.faults.always('status 404', '/metrics')],
    ['has counted nothing yet', () => undefined],
    ['does not say in time', (running: RunningUpstream) => running.simulator.faults.always('hang', '/metrics')],
  ])('of a server that %s has no limit but that of the whole', async (_what, prepare) => {
    const running = await runUpstream({}, { firstEventMs: 20, totalMs: 400 })
    prepare(running)
    const failure = await failureOf(() => running.ask(asks('[[fault dead-engine]]'), whole()))
    expect(failure.message).toBe('The answer took too long (limit 0.4 s).')
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
    startDeadlines({ ...limits, totalMs: 40 }, 'streamed', ({ message }) => expired.push(message))
    startDeadlines({ ...limits, firstEventMs: 40 }, 'streamed', ({ message }) => expired.push(message))
    await ticks(4, 20)
    expect(expired.toSorted()).toEqual([
      'The answer took too long (limit 0.02 s).',
      'The model did not begin to answer (limit 0.02 s).',
    ])
  })

  test('stop for good, also after events and pauses', async () => {
    const expired: string[] = []
    const deadlines = startDeadlines(limits, 'streamed', ({ message }) => expired.push(message))
    expect(deadlines.around(undefined)).toBeUndefined()
    await deadlines.around(Promise.resolve())
    deadlines.stop()
    await ticks(3, 20)
    expect(expired).toEqual([])
  })

  test('of the whole goes on while another answer is asked for, and that of its first event begins anew', async () => {
    const expired: string[] = []
    const expire = ({ message }: Error) => expired.push(message)
    const whole = startDeadlines({ firstEventMs: 1000, idleMs: 1000, totalMs: 60 }, 'streamed', expire)
    const first = startDeadlines({ firstEventMs: 20, idleMs: 1000, totalMs: 1000 }, 'streamed', expire)
    for (const deadlines of [whole, first]) {
      deadlines.around(undefined)
      deadlines.askAgain()
    }
    await ticks(6, 20)
    first.stop()
    expect(expired).toEqual([
      'The model did not begin to answer (limit 0.02 s).',
      'The answer took too long (limit 0.06 s).',
    ])
  })

  test('of the whole goes on in a pause', async () => {
    const expired: string[] = []
    const deadlines = startDeadlines({ ...limits, totalMs: 60 }, 'streamed', ({ message }) => expired.push(message))
    deadlines.around(new Promise(() => undefined))
    await ticks(6, 20)
    expect(expired).toEqual(['The answer took too long (limit 0.06 s).'])
  })
})
