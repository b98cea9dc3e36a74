import type { TokenUsage } from '../chat/chat-event.ts'
import type { FailureKind, GatewayError } from '../chat/gateway-error.ts'
import type { Opening, Outcome } from '../chat/visit.ts'
import type { GatewayUsageTable } from '../database/schema.ts'
import { fitText, identify } from './fit-text.ts'
import { chargeOf, countMax, type Prices, type RateCard } from './rate-card.ts'

/** `refused-after-admission`: the model server would not have the request. */
type RecordedOutcome = Outcome | 'refused-after-admission'

/** How a request ended. */
export interface Ending {
  readonly outcome: RecordedOutcome
  readonly status: number | null
  /** The model worked on a prompt that it did not come to tell the size of. */
  readonly countsUncounted: boolean
  /** The counts are older than the end. */
  readonly isGuess: boolean
}

/** What an entry has seen. Times are milliseconds. */
export interface Seen {
  readonly queueMs: number | null
  readonly firstTokenMs: number | null
  readonly totalMs: number
  readonly usage: TokenUsage | undefined
  /** Prompt tokens by estimate, beyond those in `usage`. */
  readonly uncounted: number
  readonly audioSeconds: number
  readonly finish: string | null
}

/** Ends for which the model was stopped at work, by whomever. */
const cutShort: ReadonlySet<FailureKind> = new Set(['abandoned', 'timeout', 'shutting-down'])
const refusals: ReadonlySet<FailureKind> = new Set([
  'malformed-request',
  'invalid-request',
  'unsupported-field',
  'context-overflow',
  'too-large',
  'unsupported-media-type',
])

export function endingOf(status: number, failure: GatewayError | undefined): Ending {
  if (failure === undefined) return { outcome: 'completed', status, countsUncounted: false, isGuess: false }
  const { kind } = failure
  return { outcome: outcomeOf(kind), status, countsUncounted: cutShort.has(kind), isGuess: false }
}

function outcomeOf(kind: FailureKind): RecordedOutcome {
  if (kind === 'abandoned') return 'abandoned'
  return refusals.has(kind) ? 'refused-after-admission' : 'failed'
}

const noUsage: TokenUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }

/** One request's row: what is spooled, shipped and charged. */
export function usageRow(opening: Opening, seen: Seen, ending: Ending, card: RateCard): GatewayUsageTable {
  const { usage = noUsage, uncounted } = seen
  const counted = boundedUsage(usage, uncounted)
  const audioMs = Math.round(seen.audioSeconds * 1000)
  return {
    id: opening.id,
    key_id: identify(opening.keyId),
    key_name: fitText(opening.keyName),
    end_user: opening.endUser === null ? null : identify(opening.endUser),
    service: opening.service,
    dialect: opening.dialect,
    route: fitText(opening.route),
    streamed: opening.streamed ? 1 : 0,
    started_at: opening.startedAtMs,
    queue_ms: wholeOrNull(seen.queueMs),
    first_token_ms: wholeOrNull(seen.firstTokenMs),
    total_ms: Math.round(seen.totalMs),
    prompt_tokens: counted.promptTokens,
    cached_tokens: counted.cachedTokens,
    reasoning_tokens: counted.reasoningTokens,
    completion_tokens: counted.completionTokens,
    images: opening.images,
    audio_ms: audioMs,
    web_searches: 0,
    outcome: ending.outcome,
    finish_reason: finishWords[seen.finish ?? ''] ?? seen.finish,
    status: ending.status,
    price_version: card.version,
    charge: charge(ending.outcome, counted, audioMs, opening.service, card),
    estimated: ending.isGuess || uncounted > 0 || usage.estimated === true ? 1 : 0,
  }
}

/** As clients spell them. */
const finishWords: Readonly<Record<string, string>> = {
  'stop-string': 'stop',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
}

/** A message that did not come costs nothing; one that its client left costs what the card's policy says. */
function charge(outcome: RecordedOutcome, usage: TokenUsage, audioMs: number, service: string, card: RateCard): number {
  if (outcome !== 'completed' && (outcome !== 'abandoned' || card.abandoned === 'nothing')) return 0
  const prices: Prices = card.services.get(service) ?? card.prices
  return chargeOf(prices, { usage, audioMs, webSearches: 0 }, outcome === 'completed')
}

function wholeOrNull(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds)
}

/** A model server could say anything. */
function boundedUsage(usage: TokenUsage, uncounted: number): TokenUsage {
  const promptTokens = bounded(usage.promptTokens + uncounted)
  const completionTokens = bounded(usage.completionTokens)
  return {
    promptTokens,
    cachedTokens: Math.min(bounded(usage.cachedTokens), promptTokens),
    completionTokens,
    reasoningTokens: Math.min(bounded(usage.reasoningTokens), completionTokens),
  }
}

function bounded(count: number): number {
  return Math.min(Math.max(0, Math.trunc(count)), countMax)
}
