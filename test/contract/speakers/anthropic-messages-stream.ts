import * as z from 'zod'
import type { Told } from '../story.ts'
import {
  type Block,
  beginningUsage,
  block,
  ending,
  messageHead,
  readError,
  toldBlocks,
  toldFinish,
  toldUsage,
  usage,
} from './anthropic-words.ts'
import { type Frame, mustBe, readSse } from './read-sse.ts'

const opening = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('thinking'), thinking: z.literal(''), signature: z.literal('') }),
  z.strictObject({ type: z.literal('text'), text: z.literal('') }),
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string().startsWith('toolu_'),
    name: z.string().min(1),
    input: z.strictObject({}),
  }),
])

const delta = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('thinking_delta'), thinking: z.string().min(1) }),
  z.strictObject({ type: z.literal('signature_delta'), signature: z.string().min(1) }),
  z.strictObject({ type: z.literal('text_delta'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
])

const message = z.strictObject({
  ...messageHead,
  content: z.tuple([]),
  stop_reason: z.null(),
  stop_sequence: z.null(),
  usage: beginningUsage,
})

const index = z.int().min(0)
const event = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('message_start'), message }),
  z.strictObject({ type: z.literal('content_block_start'), index, content_block: opening }),
  z.strictObject({ type: z.literal('content_block_delta'), index, delta }),
  z.strictObject({ type: z.literal('content_block_stop'), index }),
  z.strictObject({ type: z.literal('message_delta'), delta: z.strictObject(ending), usage }),
  z.strictObject({ type: z.literal('message_stop') }),
])
type Event = z.infer<typeof event>

/** The deltas of one block, each of which is there at least once. */
const bodies = {
  thinking: /^(?:thinking_delta )+signature_delta $/,
  text: /^(?:text_delta )+$/,
  tool_use: /^(?:input_json_delta )+$/,
} as const satisfies Record<Block['type'], RegExp>

interface OpenBlock {
  readonly start: z.infer<typeof opening>
  deltas: string
  said: string
  signature: string
}

export function readStream(text: string): Told {
  const { comments, frames } = readSse(text)
  mustBe(comments === 0, 'Pings keep the stream open, not comments.')
  const failure = frames.at(-1)
  const hasFailed = failure?.event === 'error'
  const events = (hasFailed ? frames.slice(0, -1) : frames).map(readEvent)
  const told = events.filter(({ type }) => type !== 'ping')
  const keepAlives = events.filter(({ type }, at) => type === 'ping' && !greets(events[at - 1])).length
  if (failure !== undefined && hasFailed) {
    const { reasoning, text: said } = readFailed(told)
    const error = readError(failure.data)
    return { reasoning, text: said, calls: [], finish: null, usage: null, error, keepAlives, turn: [] }
  }
  return { ...readComplete(told), error: null, keepAlives }
}

/** Anthropic's own server sends a ping right behind the start, however fast it is. */
function greets(before: Event | undefined): boolean {
  return before?.type === 'message_start'
}

function readEvent({ event: name, data }: Frame): Event {
  const found = event.parse(JSON.parse(data))
  mustBe(found.type === name, `${found.type} goes by the name ${name}.`)
  return found
}

function readComplete(events: readonly Event[]): Omit<Told, 'error' | 'keepAlives'> {
  const [start, ...rest] = events
  mustBe(start?.type === 'message_start', 'The message does not start.')
  mustBe(rest.pop()?.type === 'message_stop', 'The message does not stop.')
  const end = rest.pop()
  mustBe(end?.type === 'message_delta', 'The message has no ending.')
  const { done, open } = follow(rest)
  mustBe(open === undefined, 'A block is still open.')
  mustBe(promptOf(start.message.usage) === promptOf(end.usage), 'The prompt has become another.')
  return { ...toldBlocks(done), finish: toldFinish(end.delta), usage: toldUsage(end.usage) }
}

/** How much of it came from the cache is known only at the end. */
function promptOf({
  input_tokens: read,
  cache_read_input_tokens: cached,
}: Pick<z.infer<typeof usage>, 'input_tokens' | 'cache_read_input_tokens'>): number {
  return read + cached
}

/** A failure may come before the message has started. */
function readFailed(events: readonly Event[]): { reasoning: string; text: string } {
  const [start, ...rest] = events
  mustBe(start === undefined || start.type === 'message_start', 'The message does not start.')
  const { done, open } = follow(rest)
  const { reasoning, text } = toldBlocks(done)
  if (open?.start.type === 'text') return { reasoning, text: text + open.said }
  return { reasoning: open?.start.type === 'thinking' ? reasoning + open.said : reasoning, text }
}

function follow(events: readonly Event[]): { done: Block[]; open: OpenBlock | undefined } {
  const done: Block[] = []
  let open: OpenBlock | undefined
  for (const found of events) {
    if (!('index' in found)) throw new Error(`${found.type} comes in the middle.`)
    mustBe(found.index === done.length, 'Blocks come one after another, numbered from 0.')
    mustBe((open === undefined) === (found.type === 'content_block_start'), `${found.type} comes out of order.`)
    if (found.type === 'content_block_start') {
      open = { start: found.content_block, deltas: '', said: '', signature: '' }
    } else if (open !== undefined && found.type === 'content_block_delta') {
      add(open, found.delta)
    } else if (open !== undefined) {
      done.push(close(open))
      open = undefined
    }
  }
  return { done, open }
}

function add(open: OpenBlock, piece: z.infer<typeof delta>): void {
  open.deltas += `${piece.type} `
  if (piece.type === 'thinking_delta') open.said += piece.thinking
  else if (piece.type === 'text_delta') open.said += piece.text
  else if (piece.type === 'input_json_delta') open.said += piece.partial_json
  else open.signature += piece.signature
}

function close({ start, deltas, said, signature }: OpenBlock): Block {
  mustBe(bodies[start.type].test(deltas), `A block of ${start.type} is told as: ${deltas}`)
  if (start.type === 'thinking') return { type: 'thinking', thinking: said, signature }
  if (start.type === 'text') return { type: 'text', text: said }
  return block.parse({ ...start, input: JSON.parse(said) })
}
