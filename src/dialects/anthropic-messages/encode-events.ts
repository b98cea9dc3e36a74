import type { ChatEvent, TokenUsage } from '../../chat/chat-event.ts'
import type { Answer, StreamEncoder } from '../dialect.ts'
import { createObjectText, type ObjectText } from '../object-text.ts'
import type { MessagesEcho } from './decode-request.ts'
import { messageErrorBody } from './encode-error.ts'
import { type Ending, endingFields, messageHead, messagesUsage, promptUsage } from './encode-parts.ts'
import { toolUseId } from './names.ts'
import { signThinking } from './thinking-signature.ts'

type OpenBlock =
  | { readonly kind: 'none' }
  | { readonly kind: 'text' }
  /** `text` is gathered only where it goes into the signature. */
  | { readonly kind: 'thinking'; text: string }
  | { readonly kind: 'call'; readonly input: ObjectText; isEmpty: boolean }

interface StreamState {
  readonly answer: Answer<MessagesEcho>
  started: boolean
  /** The index of the block that is open, or of the next. */
  index: number
  block: OpenBlock
  ending: Ending
}

const none: OpenBlock = { kind: 'none' }

export function openStream(answer: Answer<MessagesEcho>): StreamEncoder {
  const ending: Ending = { reason: 'stop', stopString: null, hasCutCall: false }
  const state: StreamState = { answer, started: false, index: 0, block: none, ending }
  return {
    encode: (event) => encodeEvent(state, event),
    end: () => frame('message_stop', ''),
    fail: (error) => `event: error\ndata: ${messageErrorBody(error, answer.requestId)}\n\n`,
    keepAlive: () => ping,
  }
}

function encodeEvent(state: StreamState, event: ChatEvent): string {
  switch (event.type) {
    case 'start':
      return encodeStart(state, event)
    case 'text-delta':
      return encodeText(state, event.text)
    case 'reasoning-delta':
      return encodeThinking(state, event.text)
    case 'tool-call-start':
      return encodeCall(state, event)
    case 'tool-call-delta':
      return encodeInput(state, event.json)
    case 'text-end':
    case 'reasoning-end':
      return closeBlock(state)
    case 'tool-call-end':
      if (!event.complete) state.ending = { ...state.ending, hasCutCall: true }
      return closeBlock(state)
    case 'finish':
      state.ending = { ...state.ending, reason: event.reason, stopString: event.stopString }
      return ''
    case 'usage':
      return encodeEnd(state, event.usage)
    case 'text-start':
    case 'reasoning-start':
    case 'logprobs':
      return ''
    default:
      return event satisfies never
  }
}

/** Clients read an event's name from a line of its own; `fields` is what comes after the type, as JSON. */
function frame(type: string, fields: string): string {
  return `event: ${type}\ndata: {"type":"${type}"${fields}}\n\n`
}

const ping = frame('ping', '')

/** A message starts once, with the size of its prompt, which vLLM tells with its first chunk. */
function encodeStart(
  state: StreamState,
  { promptTokens = 0, cachedTokens = 0 }: Extract<ChatEvent, { type: 'start' }>,
): string {
  if (state.started) return ''
  state.started = true
  const message = {
    ...messageHead(state.answer),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...promptUsage(promptTokens, cachedTokens), output_tokens: 0 },
  }
  return frame('message_start', `,"message":${JSON.stringify(message)}`)
}

/** Blocks open with their first words: an empty text block would be refused when it comes back. */
function openBlock(state: StreamState, block: OpenBlock, content: object): string {
  state.block = block
  return frame('content_block_start', `,"index":${state.index},"content_block":${JSON.stringify(content)}`)
}

// Plain strings rather than an object: this runs for every token.
function delta({ index }: StreamState, fields: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{${fields}}}\n\n`
}

function encodeText(state: StreamState, text: string): string {
  if (text === '') return ''
  const opening = state.block.kind === 'text' ? '' : openBlock(state, { kind: 'text' }, { type: 'text', text: '' })
  return opening + delta(state, `"type":"text_delta","text":${JSON.stringify(text)}`)
}

function encodeThinking(state: StreamState, text: string): string {
  if (text === '') return ''
  let opening = ''
  if (state.block.kind !== 'thinking') {
    opening = openBlock(state, { kind: 'thinking', text: '' }, { type: 'thinking', thinking: '', signature: '' })
  }
  if (state.answer.echo.showsThinking) {
    return opening + delta(state, `"type":"thinking_delta","thinking":${JSON.stringify(text)}`)
  }
  if (state.block.kind === 'thinking') state.block.text += text
  return opening
}

function encodeCall(state: StreamState, { index, name }: Extract<ChatEvent, { type: 'tool-call-start' }>): string {
  const { requestId, echo } = state.answer
  const content = { type: 'tool_use', id: toolUseId(requestId, index), name: echo.toolNames.toCaller(name), input: {} }
  return openBlock(state, { kind: 'call', input: createObjectText(), isEmpty: true }, content)
}

function encodeInput(state: StreamState, json: string): string {
  const { block } = state
  return block.kind === 'call' ? inputDelta(state, block, block.input.accept(json)) : ''
}

function inputDelta(state: StreamState, block: Extract<OpenBlock, { kind: 'call' }>, json: string): string {
  if (json === '') return ''
  block.isEmpty = false
  return delta(state, `"type":"input_json_delta","partial_json":${JSON.stringify(json)}`)
}

function closeBlock(state: StreamState): string {
  const { block, index } = state
  if (block.kind === 'none') return ''
  const last = lastDelta(state, block)
  state.block = none
  state.index++
  return last + frame('content_block_stop', `,"index":${index}`)
}

function lastDelta(state: StreamState, block: OpenBlock): string {
  switch (block.kind) {
    case 'thinking': {
      const signature = signThinking(block.text, state.answer.echo.showsThinking, state.answer)
      return delta(state, `"type":"signature_delta","signature":${JSON.stringify(signature)}`)
    }
    case 'call':
      return inputDelta(state, block, block.input.rest())
    case 'text':
    case 'none':
      return ''
    default:
      return block satisfies never
  }
}

function encodeEnd({ answer, ending }: StreamState, usage: TokenUsage): string {
  const fields = { delta: endingFields(ending, usage, answer.echo), usage: messagesUsage(usage) }
  return frame('message_delta', `,${JSON.stringify(fields).slice(1, -1)}`)
}
