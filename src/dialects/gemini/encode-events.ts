import type { ChatEvent, TokenUsage } from '../../chat/chat-event.ts'
import { isJsonObject } from '../../wire/is-json-object.ts'
import type { Answer, StreamEncoder } from '../dialect.ts'
import { type ChoiceState, openChoices } from './choice-state.ts'
import type { GeminiEcho } from './decode-request.ts'
import { geminiErrorBody } from './encode-error.ts'
import { answerNames, blockedPrompt, callPart, finishWord, unwrapEnum, usageMetadata } from './encode-parts.ts'
import { type Framing, openFraming } from './framing.ts'

interface StreamState {
  readonly answer: Answer<GeminiEcho>
  readonly framing: Framing
  readonly choices: ReturnType<typeof openChoices>
  /** What every object but the last ends with; made once a stream, because it is sent for every token. */
  tail: string
  /** True once the object with the finishes is told. */
  ended: boolean
}

export function openStream(answer: Answer<GeminiEcho>): StreamEncoder {
  const framing = openFraming(answer.echo.stream)
  const tail = objectTail(promptUsage(0), answer)
  const state: StreamState = { answer, framing, choices: openChoices(), tail, ended: false }
  return {
    ...(framing.contentType === undefined ? {} : { contentType: framing.contentType }),
    breaksOffOnFailure: answer.echo.stream.breaksOffOnFailure,
    encode: (event) => encodeEvent(state, event),
    end: () => (state.ended ? '' : lastFrame(state)) + framing.end(),
    fail: (error) => framing.frame(geminiErrorBody(error)) + framing.endAfterFailure(),
    // An object without candidates: Google's older SDKs break on comments.
    keepAlive: () => framing.keepAlive(`{${state.tail.slice(1)}`),
  }
}

function encodeEvent(state: StreamState, event: ChatEvent): string {
  switch (event.type) {
    case 'start':
      state.tail = objectTail(promptUsage(event.promptTokens ?? 0), state.answer)
      return ''
    case 'usage':
      return lastFrame(state, event.usage)
    default:
      return encodeForChoice(state, state.choices.at(event.choice), event)
  }
}

type ChoiceEvent = Exclude<ChatEvent, { type: 'start' | 'usage' }>

function encodeForChoice(state: StreamState, choice: ChoiceState, event: ChoiceEvent): string {
  switch (event.type) {
    case 'text-delta':
      return encodeText(state, choice, event.text)
    case 'text-end':
      return encodeWord(state, choice)
    case 'reasoning-delta':
      return encodeThought(state, choice, event.text)
    case 'tool-call-start':
      choice.call = { id: event.id, name: event.name, json: '' }
      return ''
    case 'tool-call-delta':
      if (choice.call !== undefined) choice.call.json += event.json
      return ''
    case 'tool-call-end':
      return encodeCall(state, choice)
    case 'logprobs':
      choice.noteLogprobs(event.tokens)
      return ''
    case 'finish':
      choice.finish = event.reason
      return ''
    case 'text-start':
    case 'reasoning-start':
    case 'reasoning-end':
      return ''
    default:
      return event satisfies never
  }
}

function encodeText(state: StreamState, choice: ChoiceState, text: string): string {
  if (!state.answer.echo.unwrapsEnum) return partFrame(state, choice, `{"text":${JSON.stringify(text)}}`)
  choice.word += text
  return ''
}

function encodeWord(state: StreamState, choice: ChoiceState): string {
  const { word } = choice
  if (word === '') return ''
  choice.word = ''
  return partFrame(state, choice, JSON.stringify({ text: unwrapEnum(word) }))
}

function encodeThought(state: StreamState, choice: ChoiceState, text: string): string {
  const { sealsReasoning, includeThoughts } = state.answer.echo
  if (sealsReasoning) choice.reasoning += text
  return includeThoughts ? partFrame(state, choice, `{"text":${JSON.stringify(text)},"thought":true}`) : ''
}

/** Arguments are whole objects, so that a call is told when it is complete; one that never was is left out. */
function encodeCall(state: StreamState, choice: ChoiceState): string {
  const { call } = choice
  choice.call = undefined
  if (call === undefined || !isJsonObject(call.json)) {
    choice.malformed = true
    return ''
  }
  const part = callPart(call, choice.calls === 0 ? choice.reasoning : '', state.answer)
  choice.calls++
  return partFrame(state, choice, JSON.stringify(part))
}

// Plain strings rather than an object: this runs for every token.
function partFrame({ framing, tail }: StreamState, choice: ChoiceState, part: string): string {
  choice.spoke = true
  const logprobs = choice.takeLogprobs()
  return framing.frame(
    `{"candidates":[{"content":{"parts":[${part}],"role":"model"},"index":${choice.index}${logprobs}}]${tail}`,
  )
}

function objectTail(usage: object, answer: Answer<GeminiEcho>): string {
  return `,${JSON.stringify({ usageMetadata: usage, ...answerNames(answer) }).slice(1)}`
}

function promptUsage(promptTokens: number) {
  return { promptTokenCount: promptTokens, totalTokenCount: promptTokens }
}

/** All choices' finishes together with the usage, which is only known now. */
function lastFrame(state: StreamState, usage?: TokenUsage): string {
  state.ended = true
  const tail = usage === undefined ? state.tail : objectTail(usageMetadata(usage), state.answer)
  const choices = state.choices.all()
  const blocked = choices.every(({ spoke, finish }) => !spoke && finish === 'content-filter')
  return state.framing.frame(
    blocked
      ? `{"promptFeedback":${JSON.stringify(blockedPrompt)}${tail}`
      : `{"candidates":[${choices.map(lastCandidate).join(',')}]${tail}`,
  )
}

function lastCandidate(choice: ChoiceState): string {
  const { index, finish, malformed } = choice
  const word = finish === undefined ? '' : `,"finishReason":"${finishWord(finish, malformed)}"`
  const logprobs = choice.takeLogprobs() + choice.averageLogprob()
  return `{"content":{"parts":[{"text":""}],"role":"model"}${word},"index":${index}${logprobs}}`
}
