import type { ChatEvent, ChatEvents, TokenUsage } from '../chat/chat-event.ts'
import type { Entry, Outcome } from '../chat/visit.ts'

/** Events before which nothing of the answer has been seen. */
const silentEvents = new Set<ChatEvent['type']>(['start', 'usage'])

/** Opens the account of one request; `now` is a monotonic clock in milliseconds. */
export function openEntry(now: () => number): Entry {
  return new OpenEntry(now)
}

/** A class, because one is made for every request, and closures and getters would cost more than what they hold. */
class OpenEntry implements Entry {
  maxTokens: number | undefined
  outcome: Outcome | undefined
  queueMs: number | undefined
  firstTokenMs: number | undefined
  usage: TokenUsage | undefined
  readonly #now: () => number
  readonly #openedAt: number
  /** The request has been fitted, which may take asking the tokenizer: its wait for a place begins. */
  #queuedAt: number

  constructor(now: () => number) {
    this.#now = now
    this.#openedAt = now()
    this.#queuedAt = this.#openedAt
  }

  noteMaxTokens(limit: number): void {
    this.maxTokens = limit
    if (this.queueMs === undefined) this.#queuedAt = this.#now()
  }

  noteAdmitted(): void {
    this.queueMs = this.#now() - this.#queuedAt
  }

  note(events: ChatEvents): void {
    if (this.firstTokenMs !== undefined || events.every(({ type }) => silentEvents.has(type))) return
    this.firstTokenMs = this.#now() - this.#openedAt
  }

  noteUsage(newest: TokenUsage): void {
    this.usage = newest
  }

  settle(end: Outcome): void {
    this.outcome ??= end
  }
}
