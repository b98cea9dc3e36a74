import { addUsage, type ChatEvent, type ChatEvents, type TokenUsage } from '../chat/chat-event.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { ChoiceEvent } from './held-choice.ts'

/** Tells several answers as one reply. */
export interface Teller {
  /** Hands each choice's events to `take`, and tells what that appends to `told`. */
  tell(events: ChatEvents, take: (event: ChoiceEvent, told: ChatEvent[]) => void): Promise<void> | undefined
  /** Tells what all answers took. */
  end(): Promise<void> | undefined
}

/** The reply begins with the first event that may be told: a failure before that can still be a status. */
export function createTeller(deliver: DeliverEvents): Teller {
  let start: ChatEvent | undefined
  let begun = false
  let usage: TokenUsage | undefined

  return {
    tell(events, take) {
      const told: ChatEvent[] = []
      for (const event of events) {
        if (event.type === 'start') start ??= event
        else if (event.type === 'usage') usage = addUsage(usage, event.usage)
        else take(event, told)
      }
      if (told.length === 0) return undefined
      if (!begun && start !== undefined) told.unshift(start)
      begun = true
      return deliver(told)
    },
    end: () => (usage === undefined ? undefined : deliver([{ type: 'usage', usage }])),
  }
}
