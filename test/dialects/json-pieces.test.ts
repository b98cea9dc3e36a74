import fc from 'fast-check'
import { expect, test } from 'vitest'
import { objectPieces } from '../../src/dialects/json-pieces.ts'

const member = fc.record({ x: fc.jsonValue() })
const lists = fc.record({ one: fc.array(member), two: fc.option(fc.array(member), { nil: undefined }) })

test('the pieces of an object with lists are its JSON, at least one for each item', () => {
  fc.assert(
    fc.property(
      member,
      lists,
      fc.option(fc.record({ z: fc.jsonValue() }), { nil: undefined }),
      (before, many, after) => {
        const pieces = [...objectPieces(before, many, after)]
        expect(pieces.join('')).toBe(JSON.stringify({ ...before, ...many, ...after }))
        expect(pieces.length).toBeGreaterThan(many.one.length)
      },
    ),
  )
})
