import type { ChatEvent, FinishReason, TokenLogprob } from '../chat/chat-event.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { isJsonObject } from '../wire/is-json-object.ts'
import { createLeakFilter, type Said } from './leaked-tokens.ts'
import type { VllmChoice, VllmDelta, VllmToolCallDelta } from './vllm-chunk.ts'

export interface ChoiceDecoder {
  /** Appends the events of one choice of a chunk to `events`. */
  decode(choice: VllmChoice, events: ChatEvent[]): void
  isFinished(): boolean
}

interface OpenCall {
  readonly index: number
  json: string
}

/** Decodes one choice's deltas. At most one block is open at a time; within a delta, reasoning precedes text and tools. */
export function createChoiceDecoder(choice: number, firstCallOnly: boolean): ChoiceDecoder {
  const leaks = createLeakFilter()
  let open: 'none' | Said | OpenCall = 'none'
  let calls = 0
  let callsCut = false
  let finished = false

  function close(events: ChatEvent[]): void {
    if (open === 'reasoning') events.push({ type: 'reasoning-end', choice })
    else if (open === 'text') events.push({ type: 'text-end', choice })
    else if (open !== 'none') closeCall(open, events)
    open = 'none'
  }

  function closeCall(call: OpenCall, events: ChatEvent[]): void {
    // A call without arguments comes as an empty string, which is not JSON.
    if (call.json.trim() === '') events.push({ type: 'tool-call-delta', choice, index: call.index, json: '{}' })
    const complete = call.json.trim() === '' || isJsonObject(call.json)
    callsCut ||= !complete
    events.push({ type: 'tool-call-end', choice, index: call.index, complete })
  }

  function say(kind: Said, text: string, events: ChatEvent[]): void {
    if (leaks.isIdle() && !text.includes('<')) append(kind, text, events)
    else for (const piece of leaks.add(kind, text)) append(piece.kind, piece.text, events)
  }

  function append(kind: Said, text: string, events: ChatEvent[]): void {
    if (open !== kind) {
      close(events)
      open = kind
      events.push(kind === 'text' ? { type: 'text-start', choice } : { type: 'reasoning-start', choice })
    }
    events.push(kind === 'text' ? { type: 'text-delta', choice, text } : { type: 'reasoning-delta', choice, text })
  }

  /** Nothing more of what is being said follows. */
  function endSaying(events: ChatEvent[]): void {
    if (!leaks.isIdle()) for (const piece of leaks.flush()) append(piece.kind, piece.text, events)
    close(events)
  }

  function addToolCall(delta: VllmToolCallDelta, position: number, events: ChatEvent[]): void {
    const index = delta.index ?? position
    if (firstCallOnly && index > 0) return
    if (typeof open === 'string' || open.index !== index) startCall(delta, index, events)
    const json = delta.function?.arguments
    if (!json || typeof open === 'string') return
    open.json += json
    events.push({ type: 'tool-call-delta', choice, index, json })
  }

  function startCall(delta: VllmToolCallDelta, index: number, events: ChatEvent[]): void {
    const name = delta.function?.name
    if (!name || index !== calls) {
      throw new GatewayError('upstream-failed', 'The model server sent a piece of a tool call that was not open.')
    }
    endSaying(events)
    calls++
    open = { index, json: '' }
    events.push({ type: 'tool-call-start', choice, index, id: ownId(delta.id) || `call_${choice}_${index}`, name })
  }

  function addDelta(delta: VllmDelta, events: ChatEvent[]): void {
    const reasoning = delta.reasoning ?? delta.reasoning_content
    if (reasoning) say('reasoning', reasoning, events)
    if (delta.content) say('text', delta.content, events)
    delta.tool_calls?.forEach((call, position) => {
      addToolCall(call, position, events)
    })
  }

  function finish({ finish_reason: reason, stop_reason: stop }: VllmChoice, events: ChatEvent[]): void {
    endSaying(events)
    finished = true
    const told = finishTold(reason ?? '', typeof stop === 'string')
    const settled = calls === 0 ? told : callsCut ? 'length' : 'tool-calls'
    events.push({ type: 'finish', choice, reason: settled, stopString: typeof stop === 'string' ? stop : null })
  }

  return {
    decode(piece, events) {
      if (finished) return
      if (piece.logprobs?.content?.length) events.push(decodeLogprobs(choice, piece.logprobs.content))
      const delta = piece.delta ?? piece.message
      if (delta != null) addDelta(delta, events)
      if (piece.finish_reason != null) finish(piece, events)
    },
    isFinished: () => finished,
  }
}

/** vLLM's prefix makes ids longer than the 40 characters that OpenAI takes of a conversation that goes on there. */
function ownId(sent: string | null | undefined): string | undefined {
  return sent?.replace(/^chatcmpl-tool-/, 'call_')
}

/** vLLM's word for the end; `tool_calls` without calls is an ordinary stop. */
function finishTold(reason: string, byString: boolean): FinishReason {
  switch (reason) {
    case 'length':
      return 'length'
    case 'content_filter':
      return 'content-filter'
    case 'stop':
    case 'tool_calls':
      return byString ? 'stop-string' : 'stop'
    default:
      // `abort` and `repetition`: the engine gave the answer up.
      throw new GatewayError('upstream-failed', 'The model server gave the answer up.', { cause: reason })
  }
}

type VllmLogprobs = NonNullable<NonNullable<VllmChoice['logprobs']>['content']>

function decodeLogprobs(choice: number, content: VllmLogprobs): ChatEvent {
  const tokens: TokenLogprob[] = content.map(({ token, logprob, bytes, top_logprobs: top }) => ({
    token,
    logprob,
    bytes: bytes ?? null,
    top_logprobs: (top ?? []).map((other) => ({ ...other, bytes: other.bytes ?? null })),
  }))
  return { type: 'logprobs', choice, tokens }
}
