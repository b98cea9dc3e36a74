import type { VllmChunk, VllmUsage } from './vllm-chunk.ts'

/** A stream's chunks of one kind differ in their text and their counts alone: this reads those, and skips the rest. */
export interface ChunkTemplate {
  /** What every chunk that it reads begins with. */
  readonly head: string
  /** Undefined where the frame differs in anything else; then it has to be parsed. */
  read(frame: string): VllmChunk | undefined
}

type TextField = 'content' | 'reasoning'

/** Learns from a frame and what parsing it gave; undefined unless that is a plain piece of text or reasoning. */
export function learnTemplate(frame: string, chunk: VllmChunk): ChunkTemplate | undefined {
  const found = plainText(chunk)
  if (found === undefined) return undefined
  const { index, field, text } = found
  const mark = `"${field}":${JSON.stringify(text)}`
  const at = frame.indexOf(mark)
  if (at === -1 || frame.includes(mark, at + 1)) return undefined
  const rest = splitCounts(frame.slice(at + mark.length - 1))
  if (rest === undefined) return undefined
  const head = frame.slice(0, at + mark.length - JSON.stringify(text).length + 1)
  const counts = readCounts(frame, at + mark.length - 1, rest)
  if (counts === undefined || !isSameUsage(usageOf(rest, counts), chunk.usage)) return undefined
  return { head, read: (other) => readLike({ head, index, field, rest }, other) }
}

/** What is known of the chunks of one kind. */
interface Learned {
  readonly head: string
  readonly index: number
  readonly field: TextField
  readonly rest: Counts
}

function readLike({ head, index, field, rest }: Learned, frame: string): VllmChunk | undefined {
  if (!frame.startsWith(head)) return undefined
  const end = frame.indexOf('"', head.length)
  const text = end === -1 ? '\\' : frame.slice(head.length, end)
  // An escaped character is the parser's.
  if (text.includes('\\')) return undefined
  const counts = readCounts(frame, end, rest)
  if (counts === undefined) return undefined
  return { choices: [{ index, delta: { [field]: text } }], usage: usageOf(rest, counts) }
}

/** The one piece of text of a chunk that holds nothing else. */
function plainText({ choices, error }: VllmChunk): { index: number; field: TextField; text: string } | undefined {
  const [choice] = choices ?? []
  const delta = choice?.delta
  if (error != null || choice === undefined || delta == null || choices?.length !== 1) return undefined
  if (choice.finish_reason != null || choice.logprobs != null || choice.message != null) return undefined
  const { content, reasoning, reasoning_content: old, tool_calls: calls } = delta
  if (calls != null || old != null) return undefined
  if (content && reasoning == null) return { index: choice.index, field: 'content', text: content }
  return reasoning && content == null ? { index: choice.index, field: 'reasoning', text: reasoning } : undefined
}

/** What follows the text, cut at its counts: a number stands between each two literals. */
interface Counts {
  readonly literals: readonly string[]
  /** The counts' names, in their order. */
  readonly names: readonly string[]
}

const counted = new Set(['prompt_tokens', 'completion_tokens', 'cached_tokens', 'reasoning_tokens'])

function splitCounts(rest: string): Counts | undefined {
  const from = rest.indexOf('"usage":{')
  if (from === -1) return { literals: [rest], names: [] }
  const literals: string[] = []
  const names: string[] = []
  let after = 0
  for (const { 0: all, 1: name = '', index } of rest.slice(from).matchAll(/"(\w+)":\d+/g)) {
    const numberAt = from + index + name.length + '"":'.length
    literals.push(rest.slice(after, numberAt))
    after = from + index + all.length
    names.push(name)
  }
  literals.push(rest.slice(after))
  const known = names.filter((name) => counted.has(name))
  return new Set(known).size === known.length ? { literals, names } : undefined
}

/** Undefined where anything but the counts differs. */
function readCounts(frame: string, from: number, { literals }: Counts): number[] | undefined {
  const counts: number[] = []
  let at = from
  for (const [place, literal] of literals.entries()) {
    if (place > 0) {
      const start = at
      let count = 0
      for (let code = frame.charCodeAt(at); code >= zero && code <= nine; code = frame.charCodeAt(++at)) {
        count = count * 10 + code - zero
      }
      if (at === start || at - start > digitsMax) return undefined
      counts.push(count)
    }
    if (!frame.startsWith(literal, at)) return undefined
    at += literal.length
  }
  return at === frame.length ? counts : undefined
}

const zero = '0'.charCodeAt(0)
const nine = '9'.charCodeAt(0)
const digitsMax = 15

function usageOf({ names }: Counts, counts: readonly number[]): VllmUsage | null {
  if (names.length === 0) return null
  const countOf = (name: string) => counts[names.indexOf(name)]
  return {
    prompt_tokens: countOf('prompt_tokens'),
    completion_tokens: countOf('completion_tokens'),
    prompt_tokens_details: { cached_tokens: countOf('cached_tokens') },
    completion_tokens_details: { reasoning_tokens: countOf('reasoning_tokens') },
  }
}

/** False where counts of these names stand elsewhere in the frame, and mean something else. */
function isSameUsage(read: VllmUsage | null, parsed: VllmUsage | null | undefined): boolean {
  if (read === null || parsed == null) return read === null && parsed == null
  const counts = countsIn(parsed)
  return countsIn(read).every((count, place) => count === counts[place])
}

function countsIn({
  prompt_tokens_details: prompt,
  completion_tokens_details: completion,
  ...usage
}: VllmUsage): number[] {
  const counts = [usage.prompt_tokens, usage.completion_tokens, prompt?.cached_tokens, completion?.reasoning_tokens]
  return counts.map((count) => count ?? 0)
}
