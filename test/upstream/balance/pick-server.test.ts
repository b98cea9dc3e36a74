import { describe, expect, test } from 'vitest'
import type { ModelServer } from '../../../src/upstream/balance/model-server.ts'
import { hashOf, pickByPrefix, pickLeastBusy } from '../../../src/upstream/balance/pick-server.ts'
import type { VllmAsk } from '../../../src/upstream/vllm-server.ts'

/** Servers with a load; only what picking looks at is there. */
function serversWith(...loads: readonly number[]): ModelServer[] {
  return loads.map((outstanding, index) => {
    const server = { name: index, hash: hashOf(`http://10.0.0.${index}:8092`), outstanding, asked: 0 }
    return server as unknown as ModelServer
  })
}

const beginning = (prefix: string): VllmAsk => ({ method: 'POST', path: '/', prefix: () => prefix })
const conversations = Array.from({ length: 3000 }, (_, index) => beginning(`conversation ${index}`))

describe('by prefix', () => {
  test('the same beginning goes to the same server, and different ones are spread evenly', () => {
    const servers = serversWith(0, 0, 0)
    const counts = new Map<ModelServer, number>()
    for (const ask of conversations) {
      const picked = pickByPrefix(servers, ask)
      expect(pickByPrefix(servers, ask)).toBe(picked)
      counts.set(picked, (counts.get(picked) ?? 0) + 1)
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(100)
  })

  test('a server that leaves takes its own conversations with it, and no others move', () => {
    const servers = serversWith(0, 0, 0, 0)
    const [gone, ...left] = servers
    for (const ask of conversations) {
      const before = pickByPrefix(servers, ask)
      if (before !== gone) expect(pickByPrefix(left, ask)).toBe(before)
    }
  })

  test('a server that has its share gets no more, and what overflows has a second server of its own', () => {
    const free = serversWith(0, 0, 0, 0)
    const seconds = new Set<number>()
    for (const ask of conversations) {
      const home = free.indexOf(pickByPrefix(free, ask))
      const loaded = serversWith(...free.map((_, index) => (index === home ? 8 : 4)))
      const second = loaded.indexOf(pickByPrefix(loaded, ask))
      expect(second).not.toBe(home)
      expect(loaded.indexOf(pickByPrefix(loaded, ask))).toBe(second)
      if (home === 0) seconds.add(second)
    }
    expect(seconds).toEqual(new Set([1, 2, 3]))
  })

  test('no server ever has more than a quarter above its share, or two, whatever is asked', () => {
    const loads = [0, 0, 0, 0, 0]
    for (let asked = 0; asked < 1000; asked++) {
      const servers = serversWith(...loads)
      const picked = servers.indexOf(pickByPrefix(servers, beginning('the same for all')))
      loads[picked] = (loads[picked] ?? 0) + 1
      expect(Math.max(...loads)).toBeLessThanOrEqual(Math.max(2, Math.ceil((1.25 * (asked + 1)) / loads.length)))
    }
  })

  test('what has no prefix goes to the least busy', () => {
    const servers = serversWith(2, 1, 3)
    expect(pickByPrefix(servers, { method: 'GET', path: '/' })).toBe(servers[1])
  })
})

test('the least busy is picked, among equals the one that was asked least', () => {
  const [first, second, third] = serversWith(1, 0, 0)
  if (first === undefined || second === undefined || third === undefined) throw new Error('There are three.')
  const asked = { ...second, asked: 5 }
  expect(pickLeastBusy([first, asked, third], beginning(''))).toBe(third)
})
