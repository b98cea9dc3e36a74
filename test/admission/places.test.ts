import { describe, expect, test } from 'vitest'
import { createPlaces } from '../../src/admission/places.ts'
import type { Place } from '../../src/chat/serve-chat.ts'
import { failureNow, failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'

describe('a place', () => {
  test('is had at once while there is one', () => {
    const places = createPlaces({ placesMax: 2, queueMax: 0, waitMaxMs: 60_000 })
    const first = places.enter(openVisit())
    expect(first).not.toBeInstanceOf(Promise)
    places.enter(openVisit())
    expect(places).toMatchObject({ running: 2, waiting: 0 })
  })

  test('that is left is handed to the next in line, before anybody who comes now', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 2, waitMaxMs: 60_000 })
    const running = await places.enter(openVisit())
    const order: string[] = []
    const waits = (name: string) => {
      const entered = Promise.resolve(places.enter(openVisit()))
      return entered.then((place) => {
        order.push(name)
        return place
      })
    }
    const [second, third] = [waits('second'), waits('third')]
    running.leave()
    // It was never free: whoever comes in the same moment waits behind those who waited.
    expect(places).toMatchObject({ running: 1, waiting: 1 })
    const fourth = waits('fourth')
    for (const next of [second, third, fourth]) (await next).leave()
    expect(order).toEqual(['second', 'third', 'fourth'])
    expect(places).toMatchObject({ running: 0, waiting: 0 })
  })

  test('that is left twice is given back once', async () => {
    const places = createPlaces({ placesMax: 2, queueMax: 0, waitMaxMs: 60_000 })
    const place = await places.enter(openVisit())
    await places.enter(openVisit())
    place.leave()
    place.leave()
    expect(places.running).toBe(1)
  })
})

describe('places that several want', () => {
  /** Tells in which order the visits of these owners, who all wait, come to their places, each of which is left at once or kept. */
  async function orderOf(owners: readonly string[], { placesMax = 1, keeps = '' } = {}) {
    const places = createPlaces({ placesMax, queueMax: 100, waitMaxMs: 60_000 })
    const first = await Promise.all(
      Array.from({ length: placesMax }, () => places.enter(openVisit({ keyId: 'first' }))),
    )
    const order: string[] = []
    const ends = owners.map(async (owner) => {
      const [keyId = '', endUser] = owner.split('/')
      const place = await places.enter(openVisit({ keyId, endUser: endUser ?? null }))
      order.push(owner)
      if (owner !== keeps) place.leave()
      return place
    })
    for (const place of first) place.leave()
    for (const end of ends) (await end).leave()
    expect(places).toMatchObject({ running: 0, waiting: 0 })
    return order.join(' ')
  }

  test('are had by turns, however many requests one of them sends', async () => {
    expect(await orderOf(['a', 'a', 'a', 'a', 'b', 'b', 'c'])).toBe('a b c a b a a')
  })

  test('are shared among the persons behind a key as among keys', async () => {
    expect(await orderOf(['a/ann', 'a/ann', 'a/bob', 'b', 'b'])).toBe('a/ann a/bob b a/ann b')
  })

  test('go first to whoever has the fewest', async () => {
    // The first of a keeps its place, so that the other one is for b as long as b wants it.
    expect(await orderOf(['a', 'a', 'a', 'b', 'b'], { placesMax: 2, keeps: 'a' })).toMatch(/^a b b/)
  })
})

describe('a queue that is full', () => {
  test('has room for one of a key that has less of it, in the place of the newest of the key that has most', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 3, waitMaxMs: 60_000 })
    const running = await places.enter(openVisit({ keyId: 'greedy' }))
    const [first, second, last] = [1, 2, 3].map(() => Promise.resolve(places.enter(openVisit({ keyId: 'greedy' }))))
    const turnedAway = failureOf(() => last)
    const modest = places.enter(openVisit({ keyId: 'modest' }))
    expect(await turnedAway).toMatchObject({ kind: 'overloaded' })
    // Now one has two and one has one: to take another would only turn it round.
    expect(failureNow(() => places.enter(openVisit({ keyId: 'modest' }))).kind).toBe('overloaded')
    expect(failureNow(() => places.enter(openVisit({ keyId: 'greedy' }))).kind).toBe('overloaded')
    expect(places).toMatchObject({ running: 1, waiting: 3 })
    running.leave()
    await Promise.all([modest, first, second].map(async (entered) => (await entered)?.leave()))
    expect(places).toMatchObject({ running: 0, waiting: 0 })
  })

  test('says when to come back by how long places are held', async () => {
    let at = 0
    const places = createPlaces({ placesMax: 2, queueMax: 2, waitMaxMs: 60_000, now: () => at })
    for (let time = 0; time < 5; time++) {
      const place = await places.enter(openVisit())
      at += 8000
      place.leave()
    }
    for (let time = 0; time < 4; time++) places.enter(openVisit())
    // Three through two places, eight seconds each.
    expect(failureNow(() => places.enter(openVisit())).retryAfterSeconds).toBe(12)
  })

  test('does not keep anybody for ever', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 1, waitMaxMs: 20 })
    const running = await places.enter(openVisit())
    const failure = await failureOf(() => places.enter(openVisit()))
    expect([failure.kind, failure.message]).toEqual(['overloaded', expect.stringContaining('in time')])
    expect(places).toMatchObject({ running: 1, waiting: 0 })
    running.leave()
    expect(places.running).toBe(0)
  })

  test('turns the next one away at once, with a time to come back', () => {
    const places = createPlaces({ placesMax: 1, queueMax: 1, waitMaxMs: 60_000 })
    places.enter(openVisit())
    places.enter(openVisit())
    const failure = failureNow(() => places.enter(openVisit()))
    expect(failure).toMatchObject({ kind: 'overloaded', retryAfterSeconds: 5 })
    expect(places).toMatchObject({ running: 1, waiting: 1 })
  })

  test('may be of nobody', () => {
    const places = createPlaces({ placesMax: 1, queueMax: 0, waitMaxMs: 60_000 })
    places.enter(openVisit())
    expect(failureNow(() => places.enter(openVisit())).kind).toBe('overloaded')
  })
})

describe('a visitor who leaves', () => {
  test('leaves the queue, with the reason, and the next one moves up', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 2, waitMaxMs: 60_000 })
    const running = await places.enter(openVisit())
    const [leaving, staying] = [openVisit(), openVisit()]
    const left = failureOf(() => places.enter(leaving))
    const entered = places.enter(staying)
    leaving.leave()
    expect((await left).kind).toBe('abandoned')
    expect(places.waiting).toBe(1)
    running.leave()
    const next = await entered
    expect(places).toMatchObject({ running: 1, waiting: 0 })
    next.leave()
  })

  test('before it comes neither takes a place nor waits', () => {
    const places = createPlaces({ placesMax: 1, queueMax: 1, waitMaxMs: 60_000 })
    const visit = openVisit()
    visit.leave()
    expect(failureNow(() => places.enter(visit)).kind).toBe('abandoned')
    expect(places).toMatchObject({ running: 0, waiting: 0 })
  })

  test('with its place in hand keeps it until it gives it back', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 1, waitMaxMs: 60_000 })
    const running = await places.enter(openVisit())
    const visit = openVisit()
    const entered: Promise<Place> | Place = places.enter(visit)
    running.leave()
    visit.leave()
    const place = await entered
    expect(places.running).toBe(1)
    place.leave()
    expect(places.running).toBe(0)
  })
})
