import { describe, expect, test } from 'vitest'
import { packEntry, parseEntry } from '../../src/usage/spooled-entry.ts'
import { usageRowOf } from './usage-rows.ts'

describe('an entry in the spool', () => {
  const row = usageRowOf({ end_user: null, finish_reason: 'stop', charge: 30_000, estimated: 1 })

  test('is read as it was written', () => {
    expect(parseEntry(JSON.stringify(packEntry(row)))).toEqual(row)
  })

  test('has every column in its own place', () => {
    const numbered = Object.fromEntries(Object.keys(row).map((name, place) => [name, `${place}`]))
    const read = parseEntry(JSON.stringify(packEntry({ ...row, ...numbered, started_at: 1 })))
    expect(read).toEqual({ ...numbered, started_at: 1 })
  })

  test('is read as an older version wrote it, with its names', () => {
    expect(parseEntry(JSON.stringify(row))).toEqual(row)
  })

  test('has the values of nothing in columns that its version did not know', () => {
    const { estimated, charge, ...known } = row
    expect(parseEntry(JSON.stringify(packEntry(row).slice(0, -2)))).toEqual({ ...known, charge: 0, estimated: 0 })
  })

  test.each(['', '{', 'null', '7', '[]', '[[]]', '{"id":7}', JSON.stringify({ ...row, started_at: 'now' })])(
    'is none where it is %s',
    (text) => {
      expect(parseEntry(text)).toBeUndefined()
    },
  )
})
