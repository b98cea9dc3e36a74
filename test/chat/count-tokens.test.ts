import { expect, test } from 'vitest'
import { createPlaces } from '../../src/admission/places.ts'
import { createCountTokens } from '../../src/chat/count-tokens.ts'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import { request } from './open-house.ts'
import { openVisit } from './open-visit.ts'

function open(limits = { enterCount: () => {} }) {
  const running: PromiseWithResolvers<number>[] = []
  const admission = createPlaces({ placesMax: 1, queueMax: 1, waitMaxMs: 60_000 })
  const count = () => {
    const counted = Promise.withResolvers<number>()
    running.push(counted)
    return counted.promise
  }
  return { running, admission, countTokens: createCountTokens({ limits, admission, count }) }
}

test('no more are counted at once than there are places, and no more wait than the queue is long', async () => {
  const { running, countTokens } = open()
  const first = countTokens(request, openVisit())
  const second = countTokens(request, openVisit())
  await expect(countTokens(request, openVisit())).rejects.toMatchObject({ kind: 'overloaded' })
  expect(running).toHaveLength(1)
  running[0]?.resolve(7)
  expect(await first).toBe(7)
  await expect.poll(() => running.length).toBe(2)
  running[1]?.resolve(8)
  expect(await second).toBe(8)
})

test('a place is given back where counting fails, and by who leaves the queue', async () => {
  const { running, admission, countTokens } = open()
  const failing = countTokens(request, openVisit())
  const leaving = openVisit()
  const left = countTokens(request, leaving)
  leaving.leave()
  await expect(left).rejects.toMatchObject({ kind: 'abandoned' })
  await expect.poll(() => running.length).toBe(1)
  running[0]?.reject(new GatewayError('timeout', 'Too slow.'))
  await expect(failing).rejects.toMatchObject({ kind: 'timeout' })
  expect([admission.running, admission.waiting]).toEqual([0, 0])
})

test('a limit refuses before there is a place', async () => {
  const refuse = () => {
    throw new GatewayError('rate-limited', 'Too many.')
  }
  const { running, admission, countTokens } = open({ enterCount: refuse })
  await expect(countTokens(request, openVisit())).rejects.toMatchObject({ kind: 'rate-limited' })
  expect([running.length, admission.running]).toEqual([0, 0])
})
