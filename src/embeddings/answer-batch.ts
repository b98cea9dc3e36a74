import { invalidField } from '../chat/describe-mismatch.ts'
import { type FailureKind, GatewayError } from '../chat/gateway-error.ts'
import type { BatchItem } from './asking.ts'
import type { EmbeddingsUpstream } from './embeddings-upstream.ts'
import { overlongInput } from './overlong-input.ts'
import { sendBatch } from './send-batch.ts'

/** Failures that one input may be to blame for, and not its neighbours. */
const refusals: ReadonlySet<FailureKind> = new Set(['invalid-request', 'unsupported-field', 'context-overflow'])

/** Has a batch answered and tells each of its requests; a bad input fails its own request alone. Never rejects. */
export type AnswerBatch = (items: readonly BatchItem[], signal: AbortSignal) => Promise<void>

export function createAnswerBatch(upstream: EmbeddingsUpstream): AnswerBatch {
  /** What came of it where it was not answered. */
  async function attempt(items: readonly BatchItem[], signal: AbortSignal): Promise<GatewayError | undefined> {
    const wanted = items.filter(({ asking }) => !asking.isOver())
    if (wanted.length === 0) return undefined
    try {
      await sendBatch(wanted, upstream, signal)
      return undefined
    } catch (thrown) {
      return GatewayError.from(signal.aborted ? signal.reason : thrown)
    }
  }

  /** Asks anew in halves. Where a server fails that had refused nobody, and fails for both, no input is to blame. */
  async function divide(items: readonly BatchItem[], failure: GatewayError, signal: AbortSignal): Promise<void> {
    const middle = Math.ceil(items.length / 2)
    const halves = [items.slice(0, middle), items.slice(middle)]
    const failures: (GatewayError | undefined)[] = []
    for (const half of halves) failures.push(await attempt(half, signal))
    if (!refusals.has(failure.kind) && failures.every((half) => half !== undefined && !refusals.has(half.kind))) {
      failAll(items, failure)
      return
    }
    for (const [at, half] of halves.entries()) await settle(half, failures[at], signal)
  }

  async function settle(items: readonly BatchItem[], failure: GatewayError | undefined, signal: AbortSignal) {
    if (failure === undefined) return
    const wanted = items.filter(({ asking }) => !asking.isOver())
    const [first] = wanted
    if (first === undefined) return
    if (!refusals.has(failure.kind) && failure.kind !== 'upstream-failed') failAll(wanted, failure)
    else if (wanted.length > 1) await divide(wanted, failure, signal)
    else await settleOne(first, failure, signal)
  }

  async function settleOne(item: BatchItem, failure: GatewayError, signal: AbortSignal): Promise<void> {
    const shorter = await shorten(item, failure, signal)
    if (shorter === undefined) item.asking.fail(blame(item, failure))
    else {
      const again = await attempt([shorter], signal)
      if (again !== undefined) item.asking.fail(blame(item, again))
    }
  }

  /** The input cut to what the server has just said that it takes, where that is wanted. */
  async function shorten(item: BatchItem, failure: GatewayError, signal: AbortSignal): Promise<BatchItem | undefined> {
    const { asking, content } = item
    const tokensMax = failure.overflow?.contextWindow
    if (!asking.cuts || tokensMax === undefined) return undefined
    const tokens = typeof content === 'string' ? await upstream.tokenize(content, signal) : content
    if (tokens === undefined || tokens.length <= tokensMax) return undefined
    return { ...item, content: await upstream.cut(tokens, tokensMax, signal) }
  }

  return async (items, signal) => {
    // vLLM takes texts or ids, not both at once.
    const alike = [...Map.groupBy(items, ({ content }) => typeof content).values()]
    await Promise.all(alike.map(async (some) => settle(some, await attempt(some, signal), signal)))
  }
}

function failAll(items: readonly BatchItem[], failure: GatewayError): void {
  for (const { asking } of items) asking.fail(failure)
}

/** A refusal in the words of the request, which the server does not know. */
function blame({ input, content }: BatchItem, failure: GatewayError): GatewayError {
  const { kind, overflow, cause } = failure
  if (kind === 'context-overflow' && overflow !== undefined) {
    const { contextWindow, promptTokens: tokens } = overflow
    return overlongInput(input.field, contextWindow, { tokens, cause })
  }
  if (!refusals.has(kind)) return failure
  const found =
    typeof content === 'string' ? 'a text that the model server refuses' : 'ids that the model server refuses'
  const { message, field = input.field } = invalidField(input.field, found, 'another input')
  return new GatewayError('invalid-request', message, { field, cause })
}
