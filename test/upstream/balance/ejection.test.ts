import { describe, expect, test } from 'vitest'
import { createEjection, type ServerWord } from '../../../src/upstream/balance/ejection.ts'

function openEjection(random = 0.5) {
  const clock = { nowMs: 0 }
  const changes: (number | undefined)[] = []
  const ejection = createEjection({
    now: () => clock.nowMs,
    random: () => random,
    onChange: (forMs) => changes.push(forMs),
  })
  const note = (...words: ServerWord[]) => {
    for (const word of words) ejection.note(word)
  }
  /** Waits until a probe is due, and lets it end with a word. */
  const probe = (word: ServerWord) => {
    clock.nowMs += changes.at(-1) ?? 0
    ejection.enter()
    ejection.note(word)
  }
  return { clock, changes, ejection, note, probe }
}

describe('a server is ejected', () => {
  test('by the third failure in a row, whatever kind they are of', () => {
    const { ejection, changes, note } = openEjection()
    note('failing', 'unreachable')
    expect(ejection.standing).toBe('in')
    note('failing')
    expect([ejection.standing, ejection.failures, changes]).toEqual(['out', 3, [5000]])
  })

  test('not where a good answer came between, and not by what says nothing', () => {
    const { ejection, note } = openEjection()
    note('failing', 'failing', 'sound', 'failing', 'nothing', 'failing', 'nothing', 'nothing')
    expect([ejection.standing, ejection.failures]).toEqual(['in', 2])
  })

  test('also where each answer begins before it breaks off', () => {
    const { ejection, note } = openEjection()
    note('begun', 'failing', 'begun', 'failing', 'begun', 'failing')
    expect(ejection.standing).toBe('out')
  })

  test('once, however many were on their way there', () => {
    const { changes, note } = openEjection()
    note('failing', 'failing', 'failing', 'failing', 'failing', 'unreachable')
    expect(changes).toEqual([5000])
  })
})

describe('an ejected server', () => {
  test('is tried when its time is over, by one request at a time', () => {
    const { ejection, clock, note } = openEjection()
    note('failing', 'failing', 'failing')
    clock.nowMs = 4999
    expect(ejection.standing).toBe('out')
    clock.nowMs = 5000
    expect(ejection.standing).toBe('probe')
    ejection.enter()
    expect(ejection.standing).toBe('out')
    note('nothing')
    expect(ejection.standing).toBe('probe')
  })

  test('is away for longer each time that a try fails, up to a minute', () => {
    const { changes, note, probe } = openEjection()
    note('failing', 'failing', 'failing')
    for (const _ of [1, 2, 3, 4, 5]) probe('unreachable')
    expect(changes).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000])
  })

  test.each([
    [0, 4500],
    [0.999_999, 5500],
  ])('is away for a time that differs by up to a tenth: at %d', (random, forMs) => {
    const { changes, note } = openEjection(random)
    note('failing', 'failing', 'failing')
    expect(changes[0]).toBeCloseTo(forMs, 0)
  })

  test('is back as soon as an answer begins, and is out again by the next failure until one is whole', () => {
    const { ejection, changes, note, probe } = openEjection()
    note('failing', 'failing', 'failing')
    probe('begun')
    expect([ejection.standing, changes]).toEqual(['in', [5000, undefined]])
    note('failing')
    expect(changes).toEqual([5000, undefined, 10_000])
    probe('sound')
    expect(ejection).toMatchObject({ standing: 'in', failures: 0 })
    note('failing', 'failing', 'failing')
    expect(changes.at(-1)).toBe(5000)
  })

  test('is tried at once when it can be reached again, where that was all that was wrong', () => {
    const { ejection, note } = openEjection()
    note('unreachable', 'unreachable', 'unreachable')
    ejection.noteReachable()
    expect(ejection.standing).toBe('probe')
  })

  test('is not tried sooner where its answers failed: that it can be reached proves nothing', () => {
    const { ejection, note } = openEjection()
    note('unreachable', 'failing', 'unreachable')
    ejection.noteReachable()
    expect(ejection.standing).toBe('out')
  })
})
