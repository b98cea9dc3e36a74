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

  test('is read from a spool that this version left', () => {
    const left =
      '["req_1","key_1","Zoë",null,"gemma4","gemini","/chat",1,5,0,3,12,10,4,1,6,2,1500,0,"completed","stop",200,"7",30,0]'
    const read = parseEntry(left)
    expect(read).toMatchObject({ id: 'req_1', key_id: 'key_1', key_name: 'Zoë', dialect: 'gemini', started_at: 5 })
    expect(read).toMatchObject({
      first_token_ms: 3,
      completion_tokens: 6,
      images: 2,
      audio_ms: 1500,
      price_version: '7',
    })
    expect(JSON.stringify(packEntry(read ?? row))).toBe(left)
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
