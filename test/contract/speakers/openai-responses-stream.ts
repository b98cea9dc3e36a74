import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { Told } from '../story.ts'
import {
  type Item,
  item,
  reasoningPart,
  response,
  textPart,
  toldItems,
  toldResponse,
} from './openai-responses-object.ts'
import { error as openaiError, toldError } from './openai-words.ts'
import { type Frame, mustBe, readSse } from './read-sse.ts'

const number = { sequence_number: z.int() }
const whole = <Type extends string>(type: Type) => z.strictObject({ type: z.literal(type), ...number, response })
const ofItem = <Type extends string>(type: Type) =>
  z.strictObject({ type: z.literal(type), ...number, output_index: z.int(), item })
const place = { item_id: z.string(), output_index: z.int() }
const partPlace = { ...number, ...place, content_index: z.literal(0) }
const part = z.discriminatedUnion('type', [reasoningPart, textPart])
const ofPart = <Type extends string>(type: Type) => z.strictObject({ type: z.literal(type), ...partPlace, part })

const event = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('keepalive'), ...number }),
  whole('response.created'),
  whole('response.in_progress'),
  whole('response.completed'),
  whole('response.incomplete'),
  whole('response.failed'),
  z.strictObject({
    type: z.literal('error'),
    ...number,
    code: z.string(),
    message: z.string(),
    param: z.string().nullable(),
    error: openaiError,
  }),
  ofItem('response.output_item.added'),
  ofItem('response.output_item.done'),
  ofPart('response.content_part.added'),
  ofPart('response.content_part.done'),
  z.strictObject({
    type: z.literal('response.reasoning_text.delta'),
    ...partPlace,
    delta: z.string().min(1),
  }),
  z.strictObject({ type: z.literal('response.reasoning_text.done'), ...partPlace, text: z.string() }),
  z.strictObject({
    type: z.literal('response.output_text.delta'),
    ...partPlace,
    delta: z.string().min(1),
    logprobs: z.tuple([]),
  }),
  z.strictObject({
    type: z.literal('response.output_text.done'),
    ...partPlace,
    text: z.string(),
    logprobs: z.tuple([]),
  }),
  z.strictObject({
    type: z.literal('response.function_call_arguments.delta'),
    ...number,
    ...place,
    delta: z.string().min(1),
  }),
  z.strictObject({
    type: z.literal('response.function_call_arguments.done'),
    ...number,
    ...place,
    name: z.string(),
    arguments: z.string(),
  }),
])
type Event = z.infer<typeof event>

/** The events of one item between its first and its last, for each kind. */
const bodies = {
  reasoning: /^content_part\.added (?:reasoning_text\.delta )*reasoning_text\.done content_part\.done $/,
  message: /^content_part\.added (?:output_text\.delta )*output_text\.done content_part\.done $/,
  function_call: /^(?:function_call_arguments\.delta )*function_call_arguments\.done $/,
} as const satisfies Record<Item['type'], RegExp>

interface OpenItem {
  readonly type: Item['type']
  readonly id: string
  /** The names of its events so far. */
  events: string
  pieces: string
}

interface State {
  readonly done: Item[]
  open: OpenItem | undefined
}

export function readStream(text: string): Told {
  const { comments, frames } = readSse(text)
  mustBe(comments === 0, 'A comment is no event, and does not keep Codex waiting.')
  const events = frames.map(readEvent)
  const keepAlives = events.filter(({ type }) => type === 'keepalive').length
  const [created, begun, ...rest] = events.filter(({ type }) => type !== 'keepalive')
  mustBe(created?.type === 'response.created' && begun?.type === 'response.in_progress', 'The stream begins otherwise.')
  mustBe(begun.response.output.length === 0 && begun.response.usage === null, 'It is told before it has begun.')
  mustBe(isDeepStrictEqual(created.response, begun.response), 'The first two events differ.')
  const last = rest.pop()
  if (last?.type === 'response.failed') return { ...readFailure(rest, last.response), keepAlives }
  mustBe(
    last?.type === 'response.completed' || last?.type === 'response.incomplete',
    `The last event is ${last?.type}.`,
  )
  const { done, open } = follow(rest)
  mustBe(open === undefined, 'An item is still open.')
  mustBe(last.type === `response.${last.response.status}`, 'The event and the status differ.')
  mustBe(isDeepStrictEqual(last.response.output, done), 'The response holds other items than were told.')
  mustBe(last.response.id === created.response.id, 'The response has changed its id.')
  return { ...toldResponse(last.response), keepAlives }
}

function readEvent({ event: name, data }: Frame, index: number): Event {
  const found = event.parse(JSON.parse(data))
  mustBe(found.type === name, `${found.type} goes by the name ${name}.`)
  mustBe(found.sequence_number === index, `Event ${index} has the number ${found.sequence_number}.`)
  return found
}

function follow(events: readonly Event[]): State {
  const state: State = { done: [], open: undefined }
  for (const found of events) step(state, found)
  return state
}

function step(state: State, found: Event): void {
  if (!('output_index' in found)) throw new Error(`${found.type} comes in the middle.`)
  mustBe(found.output_index === state.done.length, 'Items come one after another, numbered from 0.')
  if (found.type === 'response.output_item.added') {
    mustBe(state.open === undefined, 'An item opens before the last has closed.')
    mustBe(found.item.status === 'in_progress' && toldItems(emptied(found.item)).text === '', 'An item is new.')
    state.open = { type: found.item.type, id: found.item.id, events: '', pieces: '' }
    return
  }
  const { open } = state
  mustBe(open !== undefined, `${found.type} belongs to no open item.`)
  if (found.type === 'response.output_item.done') {
    mustBe(found.item.id === open.id && found.item.type === open.type, 'An item has changed.')
    mustBe(bodies[open.type].test(open.events), `An item is told as: ${open.events}`)
    mustBe(textOf(found.item) === open.pieces, 'An item holds other text than its pieces.')
    state.done.push(found.item)
    state.open = undefined
    return
  }
  mustBe(found.item_id === open.id, 'An event belongs to another item.')
  open.events += `${found.type.replace('response.', '')} `
  if ('delta' in found) open.pieces += found.delta
  else mustBe(open.pieces === saidBy(found), `${found.type} holds other text than the pieces.`)
}

/** A call's arguments are empty at first, which is no JSON yet. */
function emptied(found: Item): Item[] {
  return found.type === 'function_call' ? [] : [found]
}

function textOf(found: Item): string {
  return found.type === 'function_call' ? found.arguments : found.content.map(({ text }) => text).join('')
}

function saidBy(found: Event): string | undefined {
  if ('part' in found) return found.part.text
  if ('text' in found) return found.text
  return 'arguments' in found ? found.arguments : undefined
}

/** `error` and `response.failed` come both: some clients read only the one, some only the other. */
function readFailure(events: readonly Event[], failed: z.infer<typeof response>): Told {
  const told = events.at(-1)
  mustBe(told?.type === 'error', 'The failure comes without `error`.')
  mustBe(told.code === (told.error.code ?? told.error.type) && told.message === told.error.message, 'The forms differ.')
  mustBe(failed.status === 'failed' && failed.error?.message === told.message, 'The response does not say the failure.')
  const { done, open } = follow(events.slice(0, -1))
  mustBe(failed.output.length === done.length + (open === undefined ? 0 : 1), 'The response holds other items.')
  const { reasoning, text } = toldItems(failed.output.filter(({ type }) => type !== 'function_call'))
  const error = toldError(told.error)
  return { reasoning, text, calls: [], finish: null, usage: null, error, keepAlives: 0, turn: [] }
}
