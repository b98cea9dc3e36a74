import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Enrolled, Roster } from '../../src/chat/roster.ts'

test('a roster lists those who were added and not removed, however often either is said', () => {
  const members = Array.from({ length: 6 }, () => ({ place: -1 }))
  const move = fc.record({ who: fc.nat({ max: members.length - 1 }), comes: fc.boolean() })
  fc.assert(
    fc.property(fc.array(move), (moves) => {
      const roster = new Roster<Enrolled>()
      const here = new Set<Enrolled>()
      for (const member of members) member.place = -1
      for (const { who, comes } of moves) {
        const member = members[who]
        if (member === undefined) continue
        if (comes) {
          roster.add(member)
          here.add(member)
        } else {
          roster.remove(member)
          here.delete(member)
        }
        expect(new Set(roster.list())).toEqual(here)
        expect(roster.size).toBe(here.size)
      }
    }),
  )
})
