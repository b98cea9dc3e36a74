import { describe, expect, test } from 'vitest'
import type { ChatEvents } from '../../src/chat/chat-event.ts'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { createServeChat } from '../../src/chat/serve-chat.ts'
import { failureOf } from './failure-of.ts'
import { answerWell, batches, openHouse, request } from './open-house.ts'
import { openVisit } from './open-visit.ts'

describe('a request that goes well', () => {
  test('gets its events as they came together, and its account is completed', async () => {
    const { places, serve } = openHouse(answerWell)
    const visit = openVisit()
    expect(await serve(visit)).toEqual(batches)
    expect(visit.entry).toMatchObject({ outcome: 'completed', maxTokens: 500 })
    expect(visit.entry.queueMs).toBeGreaterThanOrEqual(0)
    expect(visit.entry.firstTokenMs).toBeGreaterThanOrEqual(visit.entry.queueMs ?? 0)
    expect(places.running).toBe(0)
  })

  test('is asked upstream as it was fitted, with its own visit, and holds a place meanwhile', async () => {
    const fitted = { ...request, max_completion_tokens: 7 }
    const seen: unknown[] = []
    const house = openHouse(
      async function* (...asked) {
        seen.push(...asked, house.places.running)
        yield* batches
      },
      async () => fitted,
    )
    const visit = openVisit()
    await house.serve(visit)
    expect(seen).toEqual([fitted, visit, 1])
    expect(visit.entry.maxTokens).toBe(7)
  })

  test('is completed with what it only names before it is fitted, and before it takes a place', async () => {
    const complete = { ...request, messages: [{ role: 'user' as const, content: 'complete' }] }
    const seen: unknown[] = []
    const media = {
      async inline(...asked: unknown[]) {
        seen.push(...asked, house.places.running)
        return complete
      },
    }
    const fit = (asked: ChatRequest) => asked
    const house = openHouse(
      async function* (asked) {
        seen.push(asked)
        yield* batches
      },
      fit,
      media,
    )
    const visit = openVisit()
    await house.serve(visit)
    expect(seen).toEqual([request, visit, 0, complete])
  })

  test('waits for its place, which the one before it hands over', async () => {
    const { places, serve } = openHouse(answerWell)
    const first = await places.enter(openVisit())
    const served = serve(openVisit())
    await expect.poll(() => places.waiting).toBe(1)
    first.leave()
    expect(await served).toEqual(batches)
    expect(places).toMatchObject({ running: 0, waiting: 0 })
  })
})

describe('a request that never runs', () => {
  async function* neverAsked(): AsyncGenerator<ChatEvents> {
    yield await Promise.reject(new Error('The model server was asked.'))
  }

  test('because something that it names cannot be fetched is not even fitted', async () => {
    const house = openHouse(
      neverAsked,
      () => {
        throw new Error('It was fitted.')
      },
      { inline: () => Promise.reject(new GatewayError('invalid-request', 'No such image.', { field: 'here' })) },
    )
    const visit = openVisit()
    expect(await failureOf(() => house.serve(visit))).toMatchObject({ kind: 'invalid-request', field: 'here' })
    expect(visit.entry).toMatchObject({ outcome: 'failed', queueMs: undefined })
  })

  test('because its limits are reached has nothing fetched and nothing measured', async () => {
    const never = () => {
      throw new Error('It was fetched, or fitted.')
    }
    const limits = {
      enter() {
        throw new GatewayError('rate-limited', 'Too many.')
      },
    }
    const serveChat = createServeChat({
      media: { inline: never },
      contextWindow: { fit: never },
      limits,
      admission: { enter: never },
      upstream: { answer: never },
    })
    expect((await failureOf(() => serveChat(request, openVisit(), () => undefined))).kind).toBe('rate-limited')
  })

  test('because it does not fit takes no place', async () => {
    const { places, serve } = openHouse(neverAsked, () => {
      throw new GatewayError('context-overflow', 'Too long.')
    })
    const visit = openVisit()
    expect((await failureOf(() => serve(visit))).kind).toBe('context-overflow')
    expect(visit.entry).toMatchObject({ outcome: 'failed', maxTokens: undefined, queueMs: undefined })
    expect(places).toMatchObject({ running: 0, waiting: 0 })
  })

  test('because the queue is full takes nobody else’s place', async () => {
    const { places, serve } = openHouse(neverAsked)
    const running = await places.enter(openVisit())
    const waiting = places.enter(openVisit())
    const visit = openVisit()
    expect((await failureOf(() => serve(visit))).kind).toBe('overloaded')
    expect(visit.entry.outcome).toBe('failed')
    expect(places).toMatchObject({ running: 1, waiting: 1 })
    running.leave()
    const next = await waiting
    next.leave()
    expect(places.running).toBe(0)
  })

  test('because its client leaves the queue is abandoned, and the queue moves on', async () => {
    const { places, serve } = openHouse(neverAsked)
    const running = await places.enter(openVisit())
    const visit = openVisit()
    const served = failureOf(() => serve(visit))
    await expect.poll(() => places.waiting).toBe(1)
    visit.leave()
    expect((await served).kind).toBe('abandoned')
    expect(visit.entry).toMatchObject({ outcome: 'abandoned', queueMs: undefined })
    expect(places.waiting).toBe(0)
    running.leave()
    expect(places.running).toBe(0)
  })

  test('because its client left before it came is abandoned', async () => {
    const { places, serve } = openHouse(neverAsked)
    const visit = openVisit()
    visit.leave()
    expect((await failureOf(() => serve(visit))).kind).toBe('abandoned')
    expect(places.running).toBe(0)
  })
})
