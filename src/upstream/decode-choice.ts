import type { ChatEvent, FinishReason, TokenLogprob } from '../chat/chat-event.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { isJsonObject } from '../wire/is-json-object.ts'
import { createLeakFilter, type Said } from './leaked-tokens.ts'
import type { VllmChoice, VllmChunk, VllmDelta, VllmToolCallDelta } from './vllm-chunk.ts'

export interface ChoiceDecoder {
  /** Appends the events of one choice of a chunk to `events`. */
  decode(choice: VllmChoice, events: ChatEvent[], chunk: VllmChunk): void
  isFinished(): boolean
}

export interface ChoiceDecoderOptions {
  /** Keeps only the first tool call: vLLM cuts further ones itself, but late. */
  readonly firstCallOnly: boolean
  /** How many tokens vLLM may write. */
  readonly tokensMax: number
}

interface OpenCall {
  readonly index: number
  json: string
}

/** Decodes one choice's deltas. At most one block is open at a time; within a delta, reasoning precedes text and tools. */
export function createChoiceDecoder(choice: number, { firstCallOnly, tokensMax }: ChoiceDecoderOptions): ChoiceDecoder {
  const leaks = createLeakFilter()
  let open: 'none' | Said | OpenCall = 'none'
  let calls = 0
  let callCut = false
  let finished = false

  /** `cut`: what is open ends because no more tokens were allowed; undefined where nobody can say, false where more follows. */
  function close(events: ChatEvent[], cut: boolean | undefined): void {
    if (open === 'reasoning') events.push({ type: 'reasoning-end', choice })
    else if (open === 'text') events.push({ type: 'text-end', choice })
    else if (open !== 'none') closeCall(open, events, cut)
    open = 'none'
  }

  function closeCall({ index, json }: OpenCall, events: ChatEvent[], cut: boolean | undefined): void {
    const isEmpty = json.trim() === ''
    const complete = isEmpty ? cut !== true : isJsonObject(json)
    // A call without arguments comes as an empty string, which is not JSON, and so does one that was cut before them.
    if (isEmpty && complete) events.push({ type: 'tool-call-delta', choice, index, json: '{}' })
    callCut = !complete && cut !== false
    events.push({ type: 'tool-call-end', choice, index, complete })
  }

  function say(kind: Said, text: string, events: ChatEvent[]): void {
    if (leaks.isIdle() && !text.includes('<')) append(kind, text, events)
    else for (const piece of leaks.add(kind, text)) append(piece.kind, piece.text, events)
  }

  function append(kind: Said, text: string, events: ChatEvent[]): void {
    if (open !== kind) {
      close(events, false)
      open = kind
      events.push(kind === 'text' ? { type: 'text-start', choice } : { type: 'reasoning-start', choice })
    }
    events.push(kind === 'text' ? { type: 'text-delta', choice, text } : { type: 'reasoning-delta', choice, text })
  }

  /** Nothing more of what is being said follows. */
  function endSaying(events: ChatEvent[], cut: boolean | undefined): void {
    if (!leaks.isIdle()) for (const piece of leaks.flush()) append(piece.kind, piece.text, events)
    close(events, cut)
  }

  function addToolCall(delta: VllmToolCallDelta, position: number, events: ChatEvent[]): void {
    const index = delta.index ?? position
    if (firstCallOnly && index > 0) {
      if (typeof open !== 'string') close(events, false)
      return
    }
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
    endSaying(events, false)
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

  function finish(
    { finish_reason: reason, stop_reason: stop }: VllmChoice,
    events: ChatEvent[],
    chunk: VllmChunk,
  ): void {
    const byString = typeof stop === 'string'
    endSaying(events, reason === 'length' || byString || ranOut(chunk, tokensMax))
    finished = true
    const told = finishTold(reason ?? '', byString)
    const settled = calls === 0 ? told : callCut ? 'length' : 'tool-calls'
    events.push({ type: 'finish', choice, reason: settled, stopString: byString ? stop : null })
  }

  return {
    decode(piece, events, chunk) {
      if (finished) return
      if (piece.logprobs?.content?.length) events.push(decodeLogprobs(choice, piece.logprobs.content))
      const delta = piece.delta ?? piece.message
      if (delta != null) addDelta(delta, events)
      if (piece.finish_reason != null) finish(piece, events, chunk)
    },
    isFinished: () => finished,
  }
}

/** vLLM's prefix makes ids longer than the 40 characters that OpenAI takes of a conversation that goes on there. */
function ownId(sent: string | null | undefined): string | undefined {
  return sent?.replace(/^chatcmpl-tool-/, 'call_')
}

/**
 * vLLM says `tool_calls` also of a call that it cut: whether a choice that ends with this chunk, but not with `length`, wrote
 * all that it was allowed to. Undefined without a count, and where that of several choices leaves it open.
 */
function ranOut({ usage, choices }: VllmChunk, tokensMax: number): boolean | undefined {
  if (!usage?.completion_tokens || choices == null) return undefined
  const cut = choices.filter(({ finish_reason: reason }) => reason === 'length').length
  const written = usage.completion_tokens - cut * tokensMax
  if (written < tokensMax) return false
  return written >= (choices.length - cut) * tokensMax ? true : undefined
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
