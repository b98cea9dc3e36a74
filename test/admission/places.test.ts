import { describe, expect, test } from 'vitest'
import { createPlaces } from '../../src/admission/places.ts'
import type { Place } from '../../src/chat/serve-chat.ts'
import { failureNow, failureOf } from '../chat/failure-of.ts'
import { openVisit } from '../chat/open-visit.ts'

describe('a place', () => {
  test('is had at once while there is one', () => {
    const places = createPlaces({ placesMax: 2, queueMax: 0 })
    const first = places.enter(openVisit())
    expect(first).not.toBeInstanceOf(Promise)
    places.enter(openVisit())
    expect(places).toMatchObject({ running: 2, waiting: 0 })
  })

  test('that is left is handed to the next in line, before anybody who comes now', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 2 })
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
    const places = createPlaces({ placesMax: 2, queueMax: 0 })
    const place = await places.enter(openVisit())
    await places.enter(openVisit())
    place.leave()
    place.leave()
    expect(places.running).toBe(1)
  })
})

describe('a queue that is full', () => {
  test('turns the next one away at once, with a time to come back', () => {
    const places = createPlaces({ placesMax: 1, queueMax: 1 })
    places.enter(openVisit())
    places.enter(openVisit())
    const failure = failureNow(() => places.enter(openVisit()))
    expect(failure).toMatchObject({ kind: 'overloaded', retryAfterSeconds: 5 })
    expect(places).toMatchObject({ running: 1, waiting: 1 })
  })

  test('may be of nobody', () => {
    const places = createPlaces({ placesMax: 1, queueMax: 0 })
    places.enter(openVisit())
    expect(failureNow(() => places.enter(openVisit())).kind).toBe('overloaded')
  })
})

describe('a visitor who leaves', () => {
  test('leaves the queue, with the reason, and the next one moves up', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 2 })
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
    const places = createPlaces({ placesMax: 1, queueMax: 1 })
    const visit = openVisit()
    visit.leave()
    expect(failureNow(() => places.enter(visit)).kind).toBe('abandoned')
    expect(places).toMatchObject({ running: 0, waiting: 0 })
  })

  test('with its place in hand keeps it until it gives it back', async () => {
    const places = createPlaces({ placesMax: 1, queueMax: 1 })
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
