import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { createAnswerBatch } from '../../src/embeddings/answer-batch.ts'
import { createBatches } from '../../src/embeddings/batches.ts'
import { type OpenVisit, openVisit } from '../chat/open-visit.ts'
import { createScriptedUpstream } from './scripted-upstream.ts'

interface Guest {
  readonly name: string
  readonly owner: string
  readonly visit: OpenVisit
  state: 'waiting' | 'answered' | 'gone' | 'refused'
}

/** Guests of three owners who come, leave, are answered and are turned away, and what becomes of each. */
function openInn(placesMax: number, queueMax: number) {
  const upstream = createScriptedUpstream()
  const bounds = { inputsMax: 3, tokensMax: 1000, placesMax, queueMax, waitMs: 0, totalMs: 60_000 }
  const batches = createBatches({ ...bounds, answer: createAnswerBatch(upstream), mixes: () => true })
  const guests: Guest[] = []

  /** Those of whom nothing has been sent. */
  function queue(): Guest[] {
    const begun = new Set(upstream.asked.flatMap(({ contents }) => contents))
    return guests.filter(({ state, name }) => state === 'waiting' && !begun.has(name))
  }

  async function come(pick: number): Promise<void> {
    const guest: Guest = {
      name: `guest ${guests.length}`,
      owner: `${pick % 3}`,
      visit: openVisit({ keyId: `${pick % 3}` }),
      state: 'waiting',
    }
    const waiting = queue()
    const isFull = batches.waiting >= queueMax + placesMax - batches.running
    guests.push(guest)
    const inputs = Array.from({ length: 1 + (pick % 5) }, () => ({ content: guest.name, field: 'input' }))
    void wait(guest, batches.embed({ inputs, overlong: { action: 'refuse' } }, guest.visit))
    // Who is turned away gets to know of it, but nothing is sent yet.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    const refused = [...waiting, guest].filter(({ state }) => state === 'refused')
    expect(refused).toHaveLength(isFull ? 1 : 0)
    if (refused[0] !== undefined) judgeRefusal(refused[0], guest, waiting)
  }

  function judgeRefusal(refused: Guest, newcomer: Guest, waiting: readonly Guest[]): void {
    const waitingOf = (owner: string) => waiting.filter((guest) => guest.owner === owner)
    const most = Math.max(0, ...waiting.map(({ owner }) => waitingOf(owner).length))
    const own = waitingOf(newcomer.owner).length
    if (refused === newcomer) expect(most, 'somebody had more than the newcomer').toBeLessThanOrEqual(own + 1)
    else {
      expect(most).toBeGreaterThan(own + 1)
      expect(waitingOf(refused.owner)).toHaveLength(most)
      expect(waitingOf(refused.owner).at(-1)).toBe(refused)
    }
  }

  async function wait(guest: Guest, embedded: Promise<unknown>): Promise<void> {
    try {
      await embedded
      guest.state = 'answered'
    } catch (thrown) {
      guest.state = GatewayError.from(thrown).kind === 'overloaded' ? 'refused' : 'gone'
    }
  }

  function leave(pick: number): void {
    const waiting = guests.filter(({ state }) => state === 'waiting')
    waiting[pick % Math.max(1, waiting.length)]?.visit.leave()
  }

  return { batches, guests, act: { come, leave, answer: upstream.answer } }
}

const step = fc.record({
  what: fc.constantFrom('come' as const, 'come' as const, 'answer' as const, 'leave' as const),
  pick: fc.nat(),
  /** Whether something is sent before the next step. */
  settles: fc.boolean(),
})

test('whoever comes and leaves, only the newest of whoever has most in a full queue is turned away, and all others are answered', async () => {
  const limits = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.nat({ max: 5 }))
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 50 }), async ([placesMax, queueMax], steps) => {
      const { batches, guests, act } = openInn(placesMax, queueMax)
      for (const { what, pick, settles } of steps) {
        await act[what](pick)
        expect(batches.running).toBeLessThanOrEqual(placesMax)
        expect(batches.waiting).toBeLessThanOrEqual(queueMax + placesMax)
        if (settles) await new Promise(setImmediate)
      }
      while (guests.some(({ state }) => state === 'waiting')) {
        await new Promise(setImmediate)
        act.answer()
      }
      await new Promise(setImmediate)
      expect(batches).toMatchObject({ running: 0, waiting: 0 })
    }),
    { numRuns: 300 },
  )
})
