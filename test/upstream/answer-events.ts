import type { ChatEvent, ChatEvents, FinishReason } from '../../src/chat/chat-event.ts'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import type { DeliverEvents } from '../../src/chat/serve-chat.ts'
import { planAnswer, type ThinkingOnly } from '../../src/upstream/answer-rules.ts'
import { keepToRules } from '../../src/upstream/keep-to-rules.ts'
import { createTimeBoxes } from '../../src/upstream/time-box.ts'
import { deliveriesOf, delivering } from '../support/deliveries.ts'

export const start: ChatEvent = { type: 'start', created: 1 }

export function thinks(text: string, choice = 0): ChatEvent[] {
  return [
    { type: 'reasoning-start', choice },
    { type: 'reasoning-delta', choice, text },
    { type: 'reasoning-end', choice },
  ]
}

export function says(text: string, choice = 0): ChatEvent[] {
  return [
    { type: 'text-start', choice },
    { type: 'text-delta', choice, text },
    { type: 'text-end', choice },
  ]
}

export function calls(name: string, json: string, { index = 0, complete = true, choice = 0 } = {}): ChatEvent[] {
  return [
    { type: 'tool-call-start', choice, index, id: `${name}-${index}`, name },
    { type: 'tool-call-delta', choice, index, json },
    { type: 'tool-call-end', choice, index, complete },
  ]
}

export function finishes(reason: FinishReason = 'stop', choice = 0): ChatEvent {
  return { type: 'finish', choice, reason, stopString: null }
}

/** What an answer takes: sums of several can be told apart. */
export const usage = {
  type: 'usage',
  usage: { promptTokens: 10, cachedTokens: 2, completionTokens: 5, reasoningTokens: 4 },
} as const satisfies ChatEvent

export function answer(...events: ChatEvent[]): ChatEvent[] {
  return [start, ...events, usage]
}

export interface Asked {
  readonly asked: readonly ChatRequest[]
  readonly batches: readonly ChatEvents[]
  readonly events: readonly ChatEvent[]
}

interface Asking {
  readonly thinkingOnly?: ThinkingOnly
  /** An event a batch, or all in one. */
  readonly streamed?: boolean
  /** Sees every batch, also where a failure follows. */
  readonly onBatch?: (batch: ChatEvents) => void
}

/** Asks a model that gives its answers in turn. */
export async function askModel(
  request: ChatRequest,
  answers: readonly (readonly ChatEvent[])[],
  { thinkingOnly = 'retry', streamed = true, onBatch }: Asking = {},
): Promise<Asked> {
  const asked: ChatRequest[] = []
  async function* tell(wanted: ChatRequest): AsyncGenerator<ChatEvents> {
    asked.push(wanted)
    const events = answers[asked.length - 1]
    if (events === undefined) throw new Error('It is asked too often.')
    yield* streamed ? events.map((event) => [event]) : [events]
  }
  const ask = delivering(tell)
  const { request: first, rules } = planAnswer(request, thinkingOnly)
  const parts = { ask, timeBox: createTimeBoxes(5000)() }
  const run = (deliver: DeliverEvents) =>
    rules === undefined ? ask(first, deliver) : keepToRules({ request: first, rules }, { ...parts, deliver })
  const batches = await deliveriesOf((deliver) =>
    run((batch) => {
      onBatch?.(batch)
      return deliver(batch)
    }),
  )
  return { asked, batches, events: batches.flat() }
}
