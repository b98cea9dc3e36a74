import type { FinishReason, TokenLogprob } from '../../chat/chat-event.ts'
import { logprobsResult, type MadeCall } from './encode-parts.ts'

/** What a stream knows of one of its choices. */
export interface ChoiceState {
  readonly index: number
  /** True once anything of it was told. */
  spoke: boolean
  reasoning: string
  /** An enum's value, held until it is whole. */
  word: string
  call: { -readonly [field in keyof MadeCall]: MadeCall[field] } | undefined
  /** How many calls were told. */
  calls: number
  malformed: boolean
  finish: FinishReason | undefined
  noteLogprobs(tokens: readonly TokenLogprob[]): void
  /** As fields of a candidate in JSON, each with a comma before it; empty where there is nothing to tell. */
  takeLogprobs(): string
  averageLogprob(): string
}

export function openChoices(): { at(index: number): ChoiceState; all(): ChoiceState[] } {
  const choices = new Map<number, ChoiceState>()
  return {
    at(index) {
      let choice = choices.get(index)
      if (choice === undefined) {
        choice = openChoice(index)
        choices.set(index, choice)
      }
      return choice
    },
    all: () => [...choices.values()].sort((left, right) => left.index - right.index),
  }
}

function openChoice(index: number): ChoiceState {
  let waiting: readonly TokenLogprob[] = []
  let sum = 0
  let count = 0
  return {
    index,
    spoke: false,
    reasoning: '',
    word: '',
    call: undefined,
    calls: 0,
    malformed: false,
    finish: undefined,
    noteLogprobs(tokens) {
      waiting = waiting.length === 0 ? tokens : [...waiting, ...tokens]
      for (const { logprob } of tokens) sum += logprob
      count += tokens.length
    },
    takeLogprobs() {
      if (waiting.length === 0) return ''
      const taken = waiting
      waiting = []
      return `,"logprobsResult":${JSON.stringify(logprobsResult(taken))}`
    },
    averageLogprob: () => (count === 0 ? '' : `,"avgLogprobs":${JSON.stringify(sum / count)}`),
  }
}
