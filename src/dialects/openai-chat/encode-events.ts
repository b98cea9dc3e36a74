import type { ChatEvent, TokenLogprob } from '../../chat/chat-event.ts'
import { dataFrame, doneFrame, keepAliveComment } from '../../wire/write-sse.ts'
import type { Answer, StreamEncoder } from '../dialect.ts'
import { openaiErrorBody } from '../openai-error.ts'
import { openaiUsage } from '../openai-usage.ts'
import { type CallDeltas, createCallDeltas } from './call-form.ts'
import type { ChatEcho } from './decode-request.ts'
import { finishWord } from './encode-reply.ts'
import { reasoningMembers } from './reasoning-members.ts'

interface StreamState {
  readonly answer: Answer<ChatEcho>
  /** What every chunk begins with, made once a stream. */
  head: string
  /** What every chunk ends with: OpenAI sends a null usage in chunks where usage is to come. */
  readonly tail: string
  /** Choices that have been given their role. */
  readonly opened: Set<number>
  /** Log probabilities that wait for the delta they belong to, by choice. */
  readonly logprobs: Map<number, readonly TokenLogprob[]>
  readonly calls: CallDeltas
  /** A delta of thinking, empty where thinking is not told. */
  readonly reasoning: (text: string) => string
}

export function openStream(answer: Answer<ChatEcho>): StreamEncoder {
  const state: StreamState = {
    answer,
    head: '',
    tail: answer.echo.includeUsage ? '}],"usage":null}' : '}]}',
    opened: new Set(),
    logprobs: new Map(),
    calls: createCallDeltas(answer.echo),
    reasoning: reasoningMembers[answer.echo.reasoningFields].delta,
  }
  return {
    encode: (event) => encodeEvent(state, event),
    end: () => doneFrame,
    fail: (error) => dataFrame(openaiErrorBody(error)) + doneFrame,
    keepAlive: () => keepAliveComment,
  }
}

function encodeEvent(state: StreamState, event: ChatEvent): string {
  switch (event.type) {
    case 'start':
      state.head = openHead(state.answer, event.created)
      return openChoice(state, 0)
    case 'text-delta':
      return deltaFrame(state, event.choice, `{"content":${JSON.stringify(event.text)}}`)
    case 'reasoning-delta':
      return tellDelta(state, event.choice, state.reasoning(event.text))
    case 'tool-call-start':
      return deltaFrame(state, event.choice, state.calls.start(event))
    case 'tool-call-delta':
      return tellDelta(state, event.choice, state.calls.add(event))
    case 'tool-call-end':
      return tellDelta(state, event.choice, state.calls.end(event))
    case 'logprobs':
      holdLogprobs(state, event)
      return ''
    case 'finish':
      return deltaFrame(state, event.choice, '{}', JSON.stringify(finishWord(event.reason, state.answer.echo)))
    case 'usage':
      return state.answer.echo.includeUsage ? usageFrame(state, event) : ''
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-end':
      return ''
    default:
      return event satisfies never
  }
}

function openHead({ requestId, model }: Answer<ChatEcho>, created: number): string {
  const head = { id: `chatcmpl-${requestId}`, object: 'chat.completion.chunk', created, model }
  return `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`
}

/** The first frame of a choice gives its role. */
function openChoice(state: StreamState, choice: number): string {
  if (state.opened.has(choice)) return ''
  state.opened.add(choice)
  return choiceFrame(state, choice, '{"role":"assistant","content":"","refusal":null}', 'null', 'null')
}

function deltaFrame(state: StreamState, choice: number, delta: string, finish = 'null'): string {
  return openChoice(state, choice) + choiceFrame(state, choice, delta, takeLogprobs(state, choice), finish)
}

/** A delta that may be nothing. */
function tellDelta(state: StreamState, choice: number, delta: string): string {
  return delta === '' ? '' : deltaFrame(state, choice, delta)
}

/** Tokens whose delta is not told, as those of hidden reasoning, stay for the next that is. */
function holdLogprobs({ logprobs }: StreamState, { choice, tokens }: Extract<ChatEvent, { type: 'logprobs' }>): void {
  const held = logprobs.get(choice)
  logprobs.set(choice, held === undefined ? tokens : [...held, ...tokens])
}

function takeLogprobs(state: StreamState, choice: number): string {
  if (state.logprobs.size === 0) return 'null'
  const content = state.logprobs.get(choice)
  state.logprobs.delete(choice)
  return content === undefined ? 'null' : JSON.stringify({ content, refusal: null })
}

// Five plain strings rather than an object: this runs for every token.
function choiceFrame({ head, tail }: StreamState, choice: number, delta: string, logprobs: string, finish: string) {
  return `${head}{"index":${choice},"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}${tail}\n\n`
}

function usageFrame({ head }: StreamState, { usage }: Extract<ChatEvent, { type: 'usage' }>): string {
  return `${head}],"usage":${JSON.stringify(openaiUsage(usage))}}\n\n`
}
