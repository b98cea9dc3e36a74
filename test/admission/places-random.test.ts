import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPlaces } from '../../src/admission/places.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { Place } from '../../src/chat/serve-chat.ts'
import { type OpenVisit, openVisit } from '../chat/open-visit.ts'

interface Guest {
  readonly number: number
  readonly owner: string
  readonly visit: OpenVisit
  state: 'waiting' | 'running' | 'gone' | 'refused'
  place: Place | undefined
}

/** Guests who come, go and give up at random, and what becomes of each. */
function openInn(placesMax: number, queueMax: number) {
  const places = createPlaces({ placesMax, queueMax, waitMaxMs: 60_000 })
  const guests: Guest[] = []
  /** Who came from the queue, in the order in which they did. */
  const called: Guest[] = []

  function admit(guest: Guest, place: Place): void {
    guest.state = 'running'
    guest.place = place
  }

  async function wait(guest: Guest, entered: Promise<Place>): Promise<void> {
    try {
      const place = await entered
      called.push(guest)
      admit(guest, place)
    } catch {
      guest.state = 'gone'
    }
  }

  function come(pick: number): void {
    const owner = `owner-${pick % 3}`
    const visit = openVisit({ keyId: owner })
    const guest: Guest = { number: guests.length, owner, visit, state: 'waiting', place: undefined }
    guests.push(guest)
    const before = places.waiting
    const entered = enter(guest)
    if (entered instanceof Promise) {
      void wait(guest, entered)
    } else if (entered !== undefined) {
      expect(before, 'somebody was passed by').toBe(0)
      admit(guest, entered)
    }
  }

  function enter(guest: Guest): Promise<Place> | Place | undefined {
    try {
      return places.enter(guest.visit)
    } catch (thrown) {
      expect(GatewayError.from(thrown).kind).toBe('overloaded')
      expect(places).toMatchObject({ running: placesMax, waiting: queueMax })
      guest.state = 'refused'
      return undefined
    }
  }

  function go(pick: number): void {
    const running = guests.filter(({ state }) => state === 'running')
    const guest = running[pick % running.length]
    if (guest === undefined) return
    guest.state = 'gone'
    guest.place?.leave()
  }

  function giveUp(pick: number): void {
    const waiting = guests.filter(({ state }) => state === 'waiting')
    waiting[pick % waiting.length]?.visit.leave()
  }

  const count = (state: Guest['state']) => guests.filter((guest) => guest.state === state).length
  return { places, guests, called, act: { come, go, giveUp }, count }
}

const step = fc.record({
  what: fc.constantFrom('come' as const, 'come' as const, 'go' as const, 'giveUp' as const),
  pick: fc.nat(),
  /** Whether those who were admitted get to know of it before the next step. */
  settles: fc.boolean(),
})

test('whoever comes and goes, there are never more than the places, those of each owner are first come first served, and none starves', async () => {
  const limits = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat({ max: 4 }))
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async ([placesMax, queueMax], steps) => {
      const { places, guests, called, act, count } = openInn(placesMax, queueMax)
      for (const { what, pick, settles } of steps) {
        act[what](pick)
        expect(places.running).toBeLessThanOrEqual(placesMax)
        expect(places.waiting).toBeLessThanOrEqual(queueMax)
        expect(places.waiting === 0 || places.running === placesMax, 'a place is free while somebody waits').toBe(true)
        if (settles) await new Promise(setImmediate)
      }
      for (;;) {
        await new Promise(setImmediate)
        expect(count('running')).toBe(places.running)
        if (places.running === 0) break
        act.go(0)
      }
      expect(places.waiting).toBe(0)
      expect(guests.filter(({ state }) => state === 'waiting' || state === 'running')).toEqual([])
      for (const ofOwner of Map.groupBy(called, ({ owner }) => owner).values()) {
        expect(ofOwner).toEqual(ofOwner.toSorted((left, right) => left.number - right.number))
      }
    }),
    { numRuns: 500 },
  )
})
