import { expect, test } from 'vitest'
import { load, namesOf, refuse } from './working-directory.ts'

test('responses are kept for a day, 64 MiB of a key’s and 4 MiB of each, unless it is said otherwise', () => {
  const usual = { store: true, keepForMs: 86_400_000, maxBytesPerKey: 67_108_864, maxBytesPerResponse: 4_194_304 }
  for (const file of ['', 'responses:', 'responses: {}']) expect(load({ file }).settings.responses).toEqual(usual)
  const file = 'responses: { store: false, keepFor: 30m, maxBytesPerKey: 1MiB, maxBytesPerResponse: 1KiB }'
  expect(load({ file }).settings.responses).toEqual({
    store: false,
    keepForMs: 1_800_000,
    maxBytesPerKey: 1_048_576,
    maxBytesPerResponse: 1024,
  })
})

test.each([
  ['store: yes', 'responses.store'],
  ['keepFor: 5s', 'responses.keepFor'],
  ['maxBytesPerKey: 1KiB', 'responses.maxBytesPerKey'],
  ['maxBytesPerResponse: 16MiB', 'responses.maxBytesPerResponse'],
  ['keep: 1h', 'responses.keep'],
])('refuses %s under its name', (setting, name) => {
  expect(namesOf(refuse({ file: `responses: { ${setting} }` }))).toEqual([name])
})
