import type { ChatEvent, FinishReason, TokenLogprob, TokenUsage } from './chat-event.ts'
import { GatewayError } from './gateway-error.ts'

/** What is answered, whole: the fold of a reply's events. */
export interface ChatReply {
  /** Unix seconds. */
  readonly created: number
  readonly choices: readonly ChatChoice[]
  readonly usage: TokenUsage
}

export interface ChatChoice {
  readonly index: number
  readonly reasoning: string
  readonly text: string
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly json: string }[]
  readonly logprobs: readonly TokenLogprob[] | null
  readonly finish: { readonly reason: FinishReason; readonly stopString: string | null }
}

interface OpenChoice {
  reasoning: string
  text: string
  toolCalls: { id: string; name: string; json: string }[]
  logprobs: TokenLogprob[] | null
  finish: ChatChoice['finish'] | undefined
}

/** Gathers events, in batches as they come, into the whole reply. */
export function createReplyFold(): { add(events: readonly ChatEvent[]): void; reply(): ChatReply } {
  let created = 0
  let usage: TokenUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }
  const choices: (OpenChoice | undefined)[] = []

  function choiceAt(index: number): OpenChoice {
    const known = choices[index]
    if (known !== undefined) return known
    const choice: OpenChoice = { reasoning: '', text: '', toolCalls: [], logprobs: null, finish: undefined }
    choices[index] = choice
    return choice
  }

  function addOne(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        created = event.created
        break
      case 'usage':
        usage = event.usage
        break
      default:
        addToChoice(choiceAt(event.choice), event)
    }
  }

  return {
    add(events) {
      for (const event of events) addOne(event)
    },
    reply() {
      const closed: ChatChoice[] = []
      choices.forEach((choice, index) => {
        if (choice !== undefined) closed.push(closeChoice(index, choice))
      })
      return { created, choices: closed, usage }
    },
  }
}

function addToChoice(choice: OpenChoice, event: Exclude<ChatEvent, { type: 'start' | 'usage' }>): void {
  switch (event.type) {
    case 'reasoning-delta':
      choice.reasoning += event.text
      break
    case 'text-delta':
      choice.text += event.text
      break
    case 'tool-call-start':
      choice.toolCalls[event.index] = { id: event.id, name: event.name, json: '' }
      break
    case 'tool-call-delta': {
      const call = choice.toolCalls[event.index]
      if (call !== undefined) call.json += event.json
      break
    }
    case 'logprobs':
      choice.logprobs ??= []
      for (const token of event.tokens) choice.logprobs.push(token)
      break
    case 'finish':
      choice.finish = { reason: event.reason, stopString: event.stopString }
      break
    case 'reasoning-start':
    case 'reasoning-end':
    case 'text-start':
    case 'text-end':
    case 'tool-call-end':
      break
    default:
      event satisfies never
  }
}

function closeChoice(index: number, { reasoning, text, toolCalls, logprobs, finish }: OpenChoice): ChatChoice {
  if (finish === undefined) throw new GatewayError('upstream-failed', 'The model ended its answer without a finish.')
  return { index, reasoning, text, toolCalls, logprobs, finish }
}
