import type { ChatEvent, ChatEvents, TokenUsage } from '../chat/chat-event.ts'
import type { GatewayError } from '../chat/gateway-error.ts'
import type { Enrolled } from '../chat/roster.ts'
import type { Entry, Opening, Outcome, Spending } from '../chat/visit.ts'
import type { GatewayUsageTable } from '../database/schema.ts'
import type { RateCard } from './rate-card.ts'
import { type Ending, endingOf, usageRow } from './usage-row.ts'

/** Events before which nothing of the answer has been seen. */
const silentEvents = new Set<ChatEvent['type']>(['start', 'usage'])

/** What keeps entries: the ledger, or nothing. */
export interface EntryKeeper {
  /** Monotonic milliseconds. */
  now(): number
  readonly card: RateCard
  /** From now on the entry is noted from time to time, so that a crash does not take it. */
  admit(entry: RunningEntry): void
  keep(entry: RunningEntry, row: GatewayUsageTable): Promise<void> | undefined
}

/** An entry whose request has reached a model. */
export interface RunningEntry extends Enrolled {
  /** True once it has been noted. */
  noted: boolean
  /** When it is to be noted next, in monotonic milliseconds. */
  noteAt: number
  readonly id: string
  /** The account as it would stand if the gateway ended now. */
  rowNow(): GatewayUsageTable
}

export function openEntry(opening: Opening, keeper: EntryKeeper): Entry {
  return new OpenEntry(opening, keeper)
}

/** A class, because one is made for every request, and closures and getters would cost more than what they hold. */
class OpenEntry implements Entry, RunningEntry {
  audioSeconds: number
  maxTokens: number | undefined
  outcome: Outcome | undefined
  queueMs: number | undefined
  firstTokenMs: number | undefined
  usage: TokenUsage | undefined
  spent: Spending | undefined
  noted = false
  noteAt = 0
  place = -1
  readonly #opening: Opening
  readonly #keeper: EntryKeeper
  readonly #openedAt: number
  /** The request has been fitted, which may take asking the tokenizer: its wait for a place begins. */
  #queuedAt: number
  #finish: string | null = null
  #estimate: (() => number) | undefined
  #recorded = false

  constructor(opening: Opening, keeper: EntryKeeper) {
    this.#opening = opening
    this.audioSeconds = opening.audioSeconds
    this.#keeper = keeper
    this.#openedAt = keeper.now()
    this.#queuedAt = this.#openedAt
  }

  get id(): string {
    return this.#opening.id
  }

  noteAudioSeconds(seconds: number): void {
    this.audioSeconds = seconds
  }

  noteMaxTokens(limit: number): void {
    this.maxTokens = limit
    if (this.queueMs === undefined) this.#queuedAt = this.#keeper.now()
  }

  noteAdmitted(): void {
    this.queueMs = this.#keeper.now() - this.#queuedAt
    this.#keeper.admit(this)
  }

  noteAsked(estimate: () => number): void {
    this.#estimate = estimate
  }

  note(events: ChatEvents): void {
    for (const event of events) if (event.type === 'finish') this.#finish ??= event.reason
    if (this.firstTokenMs !== undefined || events.every(({ type }) => silentEvents.has(type))) return
    this.firstTokenMs = this.#keeper.now() - this.#openedAt
  }

  noteUsage(newest: TokenUsage): void {
    if (this.#estimate !== undefined && newest.promptTokens > (this.usage?.promptTokens ?? 0))
      this.#estimate = undefined
    this.usage = newest
  }

  settle(end: Outcome): void {
    this.outcome ??= end
  }

  record(status: number, failure?: GatewayError): Promise<void> | undefined {
    if (this.#recorded || this.queueMs === undefined) return undefined
    this.#recorded = true
    const row = this.#rowOf(endingOf(status, failure))
    this.spent = { tokens: row.prompt_tokens + row.completion_tokens, charge: row.charge }
    return this.#keeper.keep(this, row)
  }

  rowNow(): GatewayUsageTable {
    return this.#rowOf({ outcome: 'failed', status: null, countsUncounted: true, isGuess: true })
  }

  #rowOf(ending: Ending): GatewayUsageTable {
    const { queueMs = null, firstTokenMs = null, usage, audioSeconds } = this
    const uncounted = ending.countsUncounted ? this.#uncounted() : 0
    const totalMs = this.#keeper.now() - this.#openedAt
    const seen = { queueMs, firstTokenMs, totalMs, usage, uncounted, audioSeconds, finish: this.#finish }
    return usageRow(this.#opening, seen, ending, this.#keeper.card)
  }

  /** Prompt tokens that the model was given and never told of. */
  #uncounted(): number {
    const estimate = this.#estimate
    if (estimate === undefined) return 0
    const tokens = estimate()
    // Once is enough: a note every two seconds must not count a long prompt again.
    this.#estimate = () => tokens
    return tokens
  }
}
