import type { VllmChunk, VllmUsage } from './vllm-chunk.ts'

/** Chunks of one kind differ in who they are, their text and their counts alone: this reads those, and skips the rest. */
export interface ChunkTemplate {
  /** Undefined where the frame differs in anything else; then it has to be parsed. */
  read(frame: string): VllmChunk | undefined
}

type TextField = 'content' | 'reasoning'

/** Learns from a frame and what parsing it gave; undefined unless that is a plain piece of text or reasoning. */
export function learnTemplate(frame: string, chunk: VllmChunk): ChunkTemplate | undefined {
  const found = plainText(chunk)
  if (found === undefined) return undefined
  const mark = `"${found.field}":${JSON.stringify(found.text)}`
  const at = frame.indexOf(mark)
  if (at === -1 || frame.includes(mark, at + 1)) return undefined
  const parts: Part[] = [
    ...splitHead(frame.slice(0, at)),
    { literal: `"${found.field}":"` },
    { name: 'text', pattern: plainCharacters },
    { literal: '"' },
    ...splitCounts(frame.slice(at + mark.length)),
  ]
  const template = createTemplate(parts, found.field)
  const read = template?.read(frame)
  return read !== undefined && tellsTheSame(read, chunk) ? template : undefined
}

/** A frame is literals, and between them what differs from chunk to chunk; only what has a name is read. */
type Part = { readonly literal: string } | { readonly name: Name | undefined; readonly pattern: string }

const names = [
  'text',
  'id',
  'created',
  'index',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
] as const
type Name = (typeof names)[number]

/** What a JSON text says without escapes; a text with one is the parser's. */
const plainCharacters = '[^"\\\\\\u0000-\\u001f]*'
/** No more digits than are exact. */
const digits = '\\d{1,15}'

/** The one piece of text of a chunk that holds nothing else. */
function plainText({ choices, error }: VllmChunk): { field: TextField; text: string } | undefined {
  const [choice] = choices ?? []
  const delta = choice?.delta
  if (error != null || choice === undefined || delta == null || choices?.length !== 1) return undefined
  if (choice.finish_reason != null || choice.logprobs != null || choice.message != null) return undefined
  const { content, reasoning, reasoning_content: old, tool_calls: calls } = delta
  if (calls != null || old != null) return undefined
  if (content && reasoning == null) return { field: 'content', text: content }
  return reasoning && content == null ? { field: 'reasoning', text: reasoning } : undefined
}

/** What comes before the text: it also says which answer, when it began and which choice. */
function splitHead(head: string): Part[] {
  return split(head, /"(id)":"[^"\\]*"|"(created|index)":\d+/g)
}

/** What follows the text: counts differ within the usage. */
function splitCounts(rest: string): Part[] {
  const from = rest.indexOf('"usage":{')
  return from === -1
    ? [{ literal: rest }]
    : [{ literal: rest.slice(0, from) }, ...split(rest.slice(from), /"(\w+)":\d+/g)]
}

/** Cuts a text at the values that a pattern finds by their names. */
function split(text: string, named: RegExp): Part[] {
  const parts: Part[] = []
  let after = 0
  for (const { 0: all, 1: first, 2: second, index } of text.matchAll(named)) {
    const word = first ?? second ?? ''
    const isText = all.endsWith('"')
    const valueAt = index + word.length + (isText ? '"":"' : '"":').length
    const name = names.find((known) => known === word)
    parts.push({ literal: text.slice(after, valueAt) }, { name, pattern: isText ? plainCharacters : digits })
    after = index + all.length - (isText ? 1 : 0)
  }
  return [...parts, { literal: text.slice(after) }]
}

/** One regular expression for the whole frame, which costs a tenth of parsing it; undefined where a name comes twice. */
function createTemplate(parts: readonly Part[], field: TextField): ChunkTemplate | undefined {
  const found = parts.flatMap((part) => ('name' in part && part.name !== undefined ? [part.name] : []))
  if (new Set(found).size < found.length) return undefined
  const pattern = new RegExp(`^${parts.map(sourceOf).join('')}$`)
  // The groups' numbers: nothing is looked up by name for each token.
  const place = (name: Name) => found.indexOf(name) + 1
  const [created, index, text] = [place('created'), place('index'), place('text')]
  const [prompt, completion] = [place('prompt_tokens'), place('completion_tokens')]
  const [cached, reasoning] = [place('cached_tokens'), place('reasoning_tokens')]
  const hasUsage = prompt + completion + cached + reasoning > 0

  function usageIn(found: RegExpExecArray): VllmUsage {
    return {
      prompt_tokens: numberAt(found, prompt),
      completion_tokens: numberAt(found, completion),
      prompt_tokens_details: { cached_tokens: numberAt(found, cached) },
      completion_tokens_details: { reasoning_tokens: numberAt(found, reasoning) },
    }
  }

  return {
    read(frame) {
      const found = pattern.exec(frame)
      if (found === null) return undefined
      const said = found[text] ?? ''
      const delta = field === 'content' ? { content: said } : { reasoning: said }
      return {
        created: numberAt(found, created),
        choices: [{ index: numberAt(found, index) ?? 0, delta }],
        usage: hasUsage ? usageIn(found) : null,
      }
    },
  }
}

function sourceOf(part: Part): string {
  if ('literal' in part) return RegExp.escape(part.literal)
  return part.name === undefined ? part.pattern : `(${part.pattern})`
}

/** Undefined where the frame has no such number: then its group is 0, the whole. */
function numberAt(found: RegExpExecArray, group: number): number | undefined {
  return group === 0 ? undefined : Number(found[group])
}

/** False where something of these names stands elsewhere in the frame, and means something else. */
function tellsTheSame(read: VllmChunk, parsed: VllmChunk): boolean {
  const [one] = read.choices ?? []
  const [other] = parsed.choices ?? []
  return (
    read.created === (parsed.created ?? undefined) &&
    one?.index === other?.index &&
    (one?.delta?.content ?? one?.delta?.reasoning) === (other?.delta?.content ?? other?.delta?.reasoning) &&
    (read.usage === null) === (parsed.usage == null) &&
    countsIn(read.usage) === countsIn(parsed.usage)
  )
}

/** What is not counted is not the same as 0: elsewhere it may count something. */
function countsIn(usage: VllmUsage | null | undefined): string {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion, ...rest } = usage ?? {}
  return [rest.prompt_tokens, rest.completion_tokens, prompt?.cached_tokens, completion?.reasoning_tokens].join()
}
