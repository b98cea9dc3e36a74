import { hash } from 'node:crypto'
import type { Prompt } from '../request/prompt.ts'

/** What vLLM remembers of prompts, in whole blocks of 16 tokens. */
export interface PrefixCache {
  /** Takes a prompt in as it starts to run. Returns how many of its tokens were there. */
  enter(prompt: CachedPrompt, salt: string | null): number
  /** Tokens that were looked for. */
  readonly queries: number
  /** Tokens that were there. */
  readonly hits: number
  /** What sleep does to it. */
  clear(): void
}

type CachedPrompt = Pick<Prompt, 'cacheKeys' | 'before'>

const blockTokens = 16

/** `blocksMax`: null for one that remembers nothing and claims to have all before the last turn, so that answers stay the same. */
export function createPrefixCache(blocksMax: number | null): PrefixCache {
  const blocks = createBlocks(blocksMax ?? 0)
  let queries = 0
  let hits = 0

  return {
    enter({ cacheKeys, before }, salt) {
      const found = blocksMax === null ? Math.floor(before / blockTokens) : blocks.use(blockKeys(cacheKeys, salt ?? ''))
      // Never all of it: one token at least has to be computed.
      const cached = Math.min(found, Math.floor((cacheKeys.length - 1) / blockTokens)) * blockTokens
      queries += cacheKeys.length
      hits += cached
      return cached
    },
    get queries() {
      return queries
    },
    get hits() {
      return hits
    },
    clear: () => blocks.clear(),
  }
}

interface Blocks {
  /** Returns how many of a prompt's blocks were there, from its beginning on; now all of them are. */
  use(keys: readonly string[]): number
  clear(): void
}

/** What was not used for longest is forgotten first, the end of a prompt before its beginning. */
function createBlocks(blocksMax: number): Blocks {
  // Oldest use first.
  const known = new Set<string>()

  function forgetOldest(): void {
    for (const oldest of known) {
      if (known.size <= blocksMax) return
      known.delete(oldest)
    }
  }

  return {
    use(keys) {
      const missing = keys.findIndex((key) => !known.has(key))
      for (const key of keys.toReversed()) {
        known.delete(key)
        known.add(key)
      }
      forgetOldest()
      return missing === -1 ? keys.length : missing
    },
    clear: () => known.clear(),
  }
}

/** Each stands for its block and all that is before it. */
function blockKeys(tokens: readonly string[], salt: string): string[] {
  const keys: string[] = []
  let before = salt
  for (let at = 0; at + blockTokens <= tokens.length; at += blockTokens) {
    before = hash('sha1', `${before}\0${tokens.slice(at, at + blockTokens).join('\0')}`, 'base64')
    keys.push(before)
  }
  return keys
}
