import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/chat/gateway-error.ts'
import type { GatewayUsageTable } from '../../src/database/schema.ts'
import { openEntry } from '../../src/usage/entry.ts'
import { identify } from '../../src/usage/fit-text.ts'
import { cardOf, opening, openTestEntry } from '../support/test-entry.ts'

const card = cardOf({ message: 30_000, promptTokens: 1_000_000, completionTokens: 2_000_000 })
const usage = { promptTokens: 100, cachedTokens: 0, completionTokens: 10, reasoningTokens: 0 }

function recording(rest = {}) {
  const rows: GatewayUsageTable[] = []
  const keeper = {
    now: () => 0,
    card,
    admit: () => undefined,
    keep: (_: object, row: GatewayUsageTable) => void rows.push(row),
  }
  return { rows, entry: openEntry({ ...opening, ...rest }, keeper) }
}

describe('an entry', () => {
  test('is recorded once, and only where its request got a place', () => {
    const { rows, entry } = recording()
    entry.record(503, new GatewayError('overloaded', 'Full.'))
    expect(rows).toEqual([])
    entry.noteAdmitted()
    entry.record(200)
    entry.record(500)
    expect(rows).toHaveLength(1)
  })

  test.each<[GatewayError | undefined, string, number]>([
    [undefined, 'completed', 30_000 + 120],
    [new GatewayError('abandoned', 'Left.'), 'abandoned', 120],
    [new GatewayError('upstream-failed', 'Broke.'), 'failed', 0],
    [new GatewayError('timeout', 'Late.'), 'failed', 0],
    [new GatewayError('context-overflow', 'Long.'), 'refused-after-admission', 0],
  ])('that ended with %s is %s', (failure, outcome, charge) => {
    const { rows, entry } = recording()
    entry.noteAdmitted()
    entry.noteUsage(usage)
    entry.record(200, failure)
    expect(rows[0]).toMatchObject({ outcome, charge, estimated: 0 })
  })

  test('costs nothing when it was abandoned, where the card says so', () => {
    const rows: GatewayUsageTable[] = []
    const free = cardOf({ promptTokens: 1_000_000 }, { abandoned: 'nothing' })
    const entry = openTestEntry(() => 0, { card: free, keep: (_, row) => void rows.push(row) })
    entry.noteAdmitted()
    entry.noteUsage(usage)
    entry.record(200, new GatewayError('abandoned', 'Left.'))
    expect(rows[0]).toMatchObject({ charge: 0, prompt_tokens: 100 })
  })

  test('has an estimate only of what the model never came to count', () => {
    const left = new GatewayError('abandoned', 'Left.')
    const counted = recording()
    counted.entry.noteAdmitted()
    counted.entry.noteAsked(() => 77)
    counted.entry.noteUsage(usage)
    counted.entry.record(200, left)
    expect(counted.rows[0]).toMatchObject({ prompt_tokens: 100, estimated: 0 })

    const again = recording()
    again.entry.noteAdmitted()
    again.entry.noteAsked(() => 77)
    again.entry.noteUsage(usage)
    again.entry.noteAsked(() => 77)
    again.entry.noteUsage(usage)
    again.entry.record(200, left)
    expect(again.rows[0]).toMatchObject({ prompt_tokens: 177, estimated: 1 })
  })

  test('names keys so that a database can tell them apart', () => {
    const keys = ['a', 'a ', 'a\t', 'x'.repeat(201), `${'x'.repeat(200)}y`, 'ä'.repeat(200)]
    const named = keys.map(identify)
    expect(new Set(named.map((name) => name.trimEnd())).size).toBe(keys.length)
    for (const name of named) expect(name.length).toBeLessThanOrEqual(200)
  })

  test('fits its columns, whatever a model server or a key says', () => {
    const { rows, entry } = recording({ keyName: '🦊'.repeat(300), endUser: 'e'.repeat(5000) })
    entry.noteAdmitted()
    entry.noteUsage({ promptTokens: -5, cachedTokens: 1e300, completionTokens: 1.5, reasoningTokens: 9 })
    entry.record(200)
    expect(rows[0]).toMatchObject({ prompt_tokens: 0, cached_tokens: 0, completion_tokens: 1, reasoning_tokens: 1 })
    expect(rows[0]?.key_name.length).toBe(200)
    expect(rows[0]?.end_user?.length).toBe(165)
  })
})
