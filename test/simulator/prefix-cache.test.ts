import { describe, expect, test } from 'vitest'
import { createPrefixCache } from '../../src/simulator/engine/prefix-cache.ts'
import { replied, runSimulator, says, until } from './running-simulator.ts'

function prompt(...words: string[]) {
  return { cacheKeys: words, before: 0 }
}

function words(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index}`)
}

const pixel = (data: string) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } })

describe('the prefix cache', () => {
  test('has of a prompt the whole blocks with which earlier ones began, and never all of it', () => {
    const cache = createPrefixCache(100)
    expect(cache.enter(prompt(...words('a', 40)), null)).toBe(0)
    expect(cache.enter(prompt(...words('a', 40)), null)).toBe(32)
    expect(cache.enter(prompt(...words('a', 20), ...words('b', 20)), null)).toBe(16)
    expect(cache.enter(prompt(...words('a', 32)), null)).toBe(16)
    expect(cache.enter(prompt('x', ...words('a', 40)), null)).toBe(0)
    expect([cache.queries, cache.hits]).toEqual([193, 64])
  })

  test('tells salts apart, and forgets everything when it is cleared', () => {
    const cache = createPrefixCache(100)
    cache.enter(prompt(...words('a', 40)), 'one')
    expect(cache.enter(prompt(...words('a', 40)), 'two')).toBe(0)
    expect(cache.enter(prompt(...words('a', 40)), 'one')).toBe(32)
    cache.clear()
    expect(cache.enter(prompt(...words('a', 40)), 'one')).toBe(0)
  })

  test('forgets what was not used for longest, ends before beginnings', () => {
    const cache = createPrefixCache(4)
    cache.enter(prompt(...words('a', 33)), null)
    cache.enter(prompt(...words('b', 33)), null)
    expect(cache.enter(prompt(...words('a', 33)), null)).toBe(32)
    cache.enter(prompt(...words('c', 17)), null)
    expect(cache.enter(prompt(...words('b', 33)), null)).toBe(16)
  })
})

describe('a look-alike with blocks', () => {
  const system = { role: 'system', content: 'word '.repeat(100) }

  test('tells what it had seen, per answer and in its metrics', async () => {
    const { simulator, chat, post, url } = await runSimulator({ kvBlocks: 1000 })
    const ask = async (content: unknown) => {
      const messages = [system, { role: 'user', content }]
      return (await replied(chat({ ...says(content), messages }))).usage
    }
    const first = await ask('one')
    const second = await ask('two')
    expect(first.prompt_tokens_details.cached_tokens).toBe(0)
    expect(second.prompt_tokens_details.cached_tokens).toBe(96)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toMatch(/vllm:prefix_cache_hits_total\{[^}]*\} 96\.0/)
    expect(metrics).toContain(`} ${first.prompt_tokens + second.prompt_tokens}.0\n# HELP vllm:prefix_cache_hits`)
    await post('/sleep?level=1')
    await post('/wake_up')
    expect((await ask('three')).prompt_tokens_details.cached_tokens).toBe(0)
    await until(() => simulator.running === 0)
  })

  test('tells pictures apart by what they show', async () => {
    const { chat } = await runSimulator({ kvBlocks: 1000 })
    const cached = async (data: string) => {
      const content = [pixel(data), { type: 'text', text: 'What is it?' }]
      return (await replied(chat(says(content)))).usage.prompt_tokens_details.cached_tokens
    }
    expect([await cached('AAAA'), await cached('BBBB'), await cached('AAAA')]).toEqual([0, 0, 288])
  })
})
