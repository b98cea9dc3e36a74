import { describe, expect, test } from 'vitest'
import { DatabaseError } from '../../src/database/database-error.ts'
import type { GatewayUsageTable } from '../../src/database/schema.ts'
import { createShipper, type SpooledEntry } from '../../src/usage/shipper.ts'
import { usageRowOf } from './usage-rows.ts'

/** A shipper before a database that refuses what a test says it refuses. */
function rig(refuses: (row: GatewayUsageTable) => string | undefined, texts?: readonly string[], batchMax = 200) {
  const rows = Array.from({ length: 10 }, (_, index) => usageRowOf({ id: `req_${index}` }))
  const waiting: SpooledEntry[] = (texts ?? rows.map((row) => JSON.stringify(row))).map((entry, index) => ({
    sequence: index + 1,
    entry,
  }))
  const taken = new Set<string>()
  const refused: [number, string][] = []
  let calls = 0
  let shippedTo = 0
  const shipper = createShipper({
    read: (after, max) => waiting.filter(({ sequence }) => sequence > after).slice(0, max),
    async add(entries) {
      calls++
      const code = entries.map(refuses).find((found) => found !== undefined)
      if (code !== undefined) throw new DatabaseError(code)
      for (const { id } of entries) taken.add(id)
    },
    onShipped: (sequence) => {
      shippedTo = sequence
    },
    onRefused: (sequence, reason) => refused.push([sequence, reason]),
    batchMax,
  })
  const state = () => ({ taken: taken.size, refused, shippedTo, calls })
  return { shipper, state }
}

const poison = ({ id }: GatewayUsageTable, code: string) => (id === 'req_3' || id === 'req_7' ? code : undefined)

describe('an entry that the database refuses', () => {
  test('is set aside at once where it is the data, and holds up nobody', async () => {
    const { shipper, state } = rig((row) => poison(row, 'ER_DATA_TOO_LONG'))
    expect(await shipper.shipSome()).toMatchObject({ outcome: 'shipped' })
    expect(state()).toMatchObject({
      taken: 8,
      shippedTo: 10,
      refused: [
        [4, 'ER_DATA_TOO_LONG'],
        [8, 'ER_DATA_TOO_LONG'],
      ],
    })
    expect(await shipper.shipSome()).toEqual({ outcome: 'idle' })
  })

  test('is set aside after five equal failures where nobody can tell, if others are taken', async () => {
    const { shipper, state } = rig((row) => poison(row, 'ER_SOMETHING_ODD'))
    for (let turn = 0; turn < 4; turn++) expect(await shipper.shipSome()).toMatchObject({ outcome: 'failed' })
    expect(state()).toMatchObject({ taken: 0, shippedTo: 0, refused: [] })
    expect(await shipper.shipSome()).toMatchObject({ outcome: 'shipped' })
    expect(state()).toMatchObject({ taken: 8, shippedTo: 10 })
  })

  test('is told once, however often another one is not taken', async () => {
    const { shipper, state } = rig(({ id }) => {
      if (id === 'req_3') return 'ER_DATA_TOO_LONG'
      return id === 'req_7' ? 'ER_LOCK_WAIT_TIMEOUT' : undefined
    })
    for (let turn = 0; turn < 8; turn++) expect(await shipper.shipSome()).toMatchObject({ outcome: 'failed' })
    expect(state()).toMatchObject({ shippedTo: 0, refused: [[4, 'ER_DATA_TOO_LONG']] })
  })

  test('that is none is told once, however long the database is away', async () => {
    const { shipper, state } = rig(() => 'ECONNREFUSED', ['{"id":', JSON.stringify(usageRowOf())])
    for (let turn = 0; turn < 8; turn++) expect(await shipper.shipSome()).toMatchObject({ outcome: 'failed' })
    expect(state().refused).toEqual([[1, 'UNREADABLE']])
  })

  test("for a reason that was an entry's before is set aside at once, so that the database is not said to be away", async () => {
    const { shipper, state } = rig((row) => poison(row, 'ER_SOMETHING_ODD'), undefined, 5)
    const outcomes: string[] = []
    for (let turn = 0; turn < 6; turn++) outcomes.push((await shipper.shipSome()).outcome)
    expect(outcomes).toEqual([...Array(4).fill('failed'), 'shipped', 'shipped'])
    expect(state()).toMatchObject({ taken: 8, shippedTo: 10 })
  })

  test('is set aside where it is no entry at all', async () => {
    const good = JSON.stringify(usageRowOf())
    const { shipper, state } = rig(() => undefined, ['{"id":', good, 'null', '[]', '{"id":"x"}', '{"started_at":1}'])
    expect(await shipper.shipSome()).toMatchObject({ outcome: 'shipped' })
    const reasons = state().refused.map(([sequence]) => sequence)
    expect([state().taken, reasons]).toEqual([1, [1, 3, 4, 5, 6]])
  })
})

describe('a database that takes nothing', () => {
  test.each([
    'ECONNREFUSED',
    'DEADLINE',
    'ER_LOCK_DEADLOCK',
    'SQLITE_FULL',
    'SQLITE_BUSY',
    'ER_OPTION_PREVENTS_STATEMENT',
  ])('for %s is asked again, once a turn, and loses nothing', async (code) => {
    let isAway = true
    const { shipper, state } = rig(() => (isAway ? code : undefined))
    for (let turn = 1; turn <= 20; turn++) {
      expect(await shipper.shipSome()).toEqual({ outcome: 'failed', reason: code })
      expect(state().calls).toBe(turn)
    }
    isAway = false
    expect(await shipper.shipSome()).toMatchObject({ outcome: 'shipped' })
    expect(state()).toMatchObject({ taken: 10, refused: [], shippedTo: 10 })
  })

  test('is the one to blame, whatever it says', async () => {
    const { shipper, state } = rig(() => 'ER_SOMETHING_ODD')
    for (let turn = 0; turn < 8; turn++) expect(await shipper.shipSome()).toMatchObject({ outcome: 'failed' })
    expect(state()).toMatchObject({ taken: 0, refused: [], shippedTo: 0 })
  })

  test('and goes away while the one to blame is looked for, has nobody blamed', async () => {
    let calls = 0
    const { shipper, state } = rig((row) => (++calls > 12 ? 'ECONNRESET' : poison(row, 'ER_SOMETHING_ODD')))
    for (let turn = 0; turn < 6; turn++) await shipper.shipSome()
    expect(state().refused).toEqual([])
  })
})
