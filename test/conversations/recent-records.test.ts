import { describe, expect, test, vi } from 'vitest'
import type { HeldRecord } from '../../src/conversations/held-record.ts'
import { createRecentRecords } from '../../src/conversations/recent-records.ts'

const unbounded = { bytesMax: 1e9, bytesPerOwnerMax: 1e9 }

function recordOf(id: string, rest: Partial<HeldRecord> = {}): HeldRecord {
  return { owner: 'mine', id, text: 'x', bytes: 100, createdAtMs: 0, expiresAtMs: 1000, ...rest }
}

describe('records in memory', () => {
  test('give way, the oldest first, to those of the same owner alone', () => {
    const recent = createRecentRecords({ ...unbounded, bytesPerOwnerMax: 250 }, () => 0)
    recent.add(recordOf('other', { owner: 'other' }))
    for (const id of ['a', 'b', 'c', 'd']) recent.add(recordOf(id))
    const found = ['a', 'b', 'c', 'd'].map((id) => recent.find('mine', id)?.id)
    expect(found).toEqual([undefined, undefined, 'c', 'd'])
    expect(recent.find('other', 'other')).toBeDefined()
  })

  test('have a bound together, however small each is', () => {
    const recent = createRecentRecords({ ...unbounded, bytesMax: 100_000 }, () => 0)
    const ids = Array.from({ length: 1000 }, (_, index) => `resp_${index}`)
    for (const id of ids) recent.add(recordOf(id, { owner: id, bytes: 1 }))
    const held = ids.filter((id) => recent.find(id, id) !== undefined)
    expect(held.length).toBeLessThan(100)
    expect(held.at(-1)).toBe('resp_999')
  })

  test('that come again count once', () => {
    const recent = createRecentRecords({ ...unbounded, bytesPerOwnerMax: 250 }, () => 0)
    for (let times = 0; times < 10; times++) recent.add(recordOf('same'))
    recent.add(recordOf('next'))
    expect(recent.find('mine', 'same')).toBeDefined()
  })

  test('are forgotten when their time is over', () => {
    let now = 0
    const recent = createRecentRecords(unbounded, () => now)
    recent.add(recordOf('old'))
    now = 1000
    expect(recent.find('mine', 'old')).toBeUndefined()
    recent.add(recordOf('new', { expiresAtMs: 2000 }))
    expect(recent.nextUnsaved()?.id).toBe('new')
  })

  test('are not all looked at for each one that comes', () => {
    const now = vi.fn(() => 0)
    const recent = createRecentRecords(unbounded, now)
    for (let index = 0; index < 1000; index++) recent.add(recordOf(`resp_${index}`))
    expect(now.mock.calls.length).toBeLessThan(3000)
  })
})
