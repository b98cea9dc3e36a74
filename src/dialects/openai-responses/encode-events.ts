import type { ChatEvent, FinishReason, TokenLogprob, TokenUsage } from '../../chat/chat-event.ts'
import type { GatewayError } from '../../chat/gateway-error.ts'
import type { Answer, StreamEncoder } from '../dialect.ts'
import { createCallBlock } from './call-block.ts'
import type { ResponsesEcho } from './echo.ts'
import { describeFailure } from './encode-error.ts'
import type { OutputItem } from './output-items.ts'
import { createReasoningBlock } from './reasoning-block.ts'
import { encodeResponse, isCut, type Standing } from './response-object.ts'
import type { BlockPlace, StreamBlock } from './stream-block.ts'
import { createTextBlock } from './text-block.ts'
import { createFrameWriter, type ToldEvent, told } from './told-events.ts'

interface StreamState {
  readonly answer: Answer<ResponsesEcho>
  write(events: readonly ToldEvent[]): string
  opened: boolean
  /** Items that are closed. */
  readonly output: OutputItem[]
  /** Stays open after its last piece, because only what comes next tells whether it was cut. */
  block: StreamBlock | undefined
  counts: { reasoning: number; text: number; calls: number }
  /** Those of tokens that are to be told with the next piece of text. */
  logprobs: TokenLogprob[]
  finish: FinishReason | undefined
  usage: TokenUsage
}

const noUsage: TokenUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }
const noLogprobs: readonly TokenLogprob[] = []

/** `now` in Unix seconds, for the time at which the answer is complete. */
export function openStream(answer: Answer<ResponsesEcho>, now: () => number): StreamEncoder {
  const state: StreamState = {
    answer,
    write: createFrameWriter(),
    opened: false,
    output: [],
    block: undefined,
    counts: { reasoning: 0, text: 0, calls: 0 },
    logprobs: [],
    finish: undefined,
    usage: noUsage,
  }
  return {
    encode: (event) => (state.opened ? '' : state.write(open(state))) + state.write(encodeEvent(state, event)),
    end: () => state.write([...open(state), ...endEvents(state, now())]),
    fail: (error) => state.write([...open(state), ...failEvents(state, error)]),
    // As OpenAI's own server does: Codex makes room for more only where it hears of it so.
    tellsInStream: ({ kind }) => kind === 'context-overflow',
    keepAlive: () => state.write(state.opened ? [{ type: 'keepalive', fields: '' }] : open(state)),
  }
}

/** The first two events need nothing of the model: they come with its first word, or when it is silent for long. */
function open(state: StreamState): readonly ToldEvent[] {
  if (state.opened) return []
  state.opened = true
  const standing = { status: 'in_progress', output: [], usage: null } as const
  return [responseEvent('response.created', state, standing), responseEvent('response.in_progress', state, standing)]
}

function responseEvent(type: string, { answer }: StreamState, standing: Standing): ToldEvent {
  return { type, fields: `"response":${encodeResponse(answer, standing)}` }
}

function encodeEvent(state: StreamState, event: ChatEvent): readonly ToldEvent[] {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return addPiece(state, event.text, event.type === 'text-delta')
    case 'tool-call-delta':
      return addPiece(state, event.json, false)
    case 'reasoning-start':
      return openBlock(state, createReasoningBlock(placeOf(state, 'reasoning')))
    case 'text-start':
      return openBlock(state, createTextBlock(placeOf(state, 'text')))
    case 'tool-call-start':
      return openBlock(state, createCallBlock(placeOf(state, 'calls'), event))
    case 'logprobs':
      state.logprobs.push(...event.tokens)
      return []
    case 'finish':
      state.finish = event.reason
      return closeBlock(state, isCut(event.reason) ? 'incomplete' : 'completed')
    case 'usage':
      state.usage = event.usage
      return []
    case 'start':
    case 'text-end':
    case 'reasoning-end':
    case 'tool-call-end':
      return []
    default:
      return event satisfies never
  }
}

function placeOf({ answer, output, block, counts }: StreamState, kind: keyof StreamState['counts']): BlockPlace {
  return { answer, count: counts[kind]++, outputIndex: output.length + (block === undefined ? 0 : 1) }
}

function openBlock(state: StreamState, block: StreamBlock): readonly ToldEvent[] {
  const before = closeBlock(state, 'completed')
  state.block = block
  return [...before, ...block.open()]
}

function closeBlock(state: StreamState, status: 'completed' | 'incomplete'): readonly ToldEvent[] {
  const { block } = state
  if (block === undefined) return []
  state.block = undefined
  const { events, item } = block.close(status, takeLogprobs(state))
  state.output.push(item)
  return events
}

function addPiece(state: StreamState, piece: string, takesLogprobs: boolean): readonly ToldEvent[] {
  return state.block?.add(piece, takesLogprobs ? takeLogprobs(state) : noLogprobs) ?? []
}

function takeLogprobs(state: StreamState): readonly TokenLogprob[] {
  const taken = state.logprobs
  state.logprobs = []
  return taken
}

function endEvents(state: StreamState, completedAt: number): readonly ToldEvent[] {
  const { finish, usage, output } = state
  if (isCut(finish)) {
    return [responseEvent('response.incomplete', state, { status: 'incomplete', output, usage, finish })]
  }
  return [responseEvent('response.completed', state, { status: 'completed', output, usage, completedAt })]
}

/** Some clients raise only on `error`, some only on `response.failed`, and of `error` some read only one form. */
function failEvents(state: StreamState, failure: GatewayError): readonly ToldEvent[] {
  const { message, type, param, code } = describeFailure(failure)
  // A response's error has its code from a closed list, which has one for all that a server can meet.
  const error = { code: type === 'server_error' ? type : (code ?? type), message }
  const output = state.block === undefined ? state.output : [...state.output, state.block.item('incomplete')]
  return [
    told('error', { ...error, param, error: { ...error, type, param } }),
    responseEvent('response.failed', state, { status: 'failed', output, usage: state.usage, error }),
  ]
}
