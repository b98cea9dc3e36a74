import { expect, test } from 'vitest'
import { failureOf } from '../../chat/failure-of.ts'
import { decode } from './answering.ts'

test('metadata has up to sixteen pairs of text', async () => {
  const pairs = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, value]))
  const { echo } = await decode({ metadata: pairs(16, 'text') })
  expect(echo.repeated['metadata']).toEqual(pairs(16, 'text'))
  expect((await failureOf(() => decode({ metadata: pairs(17, 'text') }))).message).toContain('at most 16 pairs')
  expect(await failureOf(() => decode({ metadata: pairs(16, 1) }))).toMatchObject({ field: 'metadata.key 0' })
  for (const wrong of ['text', 1, true, ['text']]) {
    expect(await failureOf(() => decode({ metadata: wrong }))).toMatchObject({ field: 'metadata' })
  }
})

test('of too many pairs none is looked at', async () => {
  let looks = 0
  const metadata = {}
  for (let index = 0; index < 1000; index++) {
    Object.defineProperty(metadata, index, { enumerable: true, get: () => `text ${++looks}` })
  }
  await failureOf(() => decode({ metadata }))
  expect(looks).toBe(0)
})
