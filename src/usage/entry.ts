import type { ChatEvent, TokenUsage } from '../chat/chat-event.ts'
import type { Entry, Outcome } from '../chat/visit.ts'

/** Events before which nothing of the answer has been seen. */
const silentEvents = new Set<ChatEvent['type']>(['start', 'usage'])

/** Opens the account of one request; `now` is a monotonic clock in milliseconds. */
export function openEntry(now: () => number): Entry {
  const openedAt = now()
  let admittedAt: number | undefined
  let firstTokenAt: number | undefined
  let maxTokens: number | undefined
  let usage: TokenUsage | undefined
  let outcome: Outcome | undefined
  return {
    noteMaxTokens(limit) {
      maxTokens = limit
    },
    noteAdmitted() {
      admittedAt = now()
    },
    note(events) {
      if (firstTokenAt === undefined && events.some(({ type }) => !silentEvents.has(type))) firstTokenAt = now()
    },
    noteUsage(newest) {
      usage = newest
    },
    settle(end) {
      outcome ??= end
    },
    get maxTokens() {
      return maxTokens
    },
    get outcome() {
      return outcome
    },
    get usage() {
      return usage
    },
    get queueMs() {
      return admittedAt === undefined ? undefined : admittedAt - openedAt
    },
    get firstTokenMs() {
      return firstTokenAt === undefined ? undefined : firstTokenAt - openedAt
    },
  }
}
