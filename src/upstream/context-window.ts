import * as z from 'zod'
import type { ChatRequest } from '../chat/chat-request.ts'
import type { Admission, Arriving, ContextWindow } from '../chat/serve-chat.ts'
import { buildPrompt } from './build-vllm-request.ts'
import { conversationBeginning } from './conversation-beginning.ts'
import { estimatePrompt, textBytes } from './estimate-prompt.ts'
import type { ModelCard, ModelCards } from './model-cards.ts'
import type { ModelServers } from './model-servers.ts'
import { contextOverflow } from './vllm-failure.ts'

export interface ContextWindowParts {
  readonly servers: ModelServers
  readonly modelCards: ModelCards
  /** Of counts, before a request has a place of its own: what only asks must not flood the model server either. */
  readonly admission: Admission
}

export interface MeasuredContextWindow extends ContextWindow {
  /** Fits a request that was believed to fit and does not, by the model's own count. */
  fitExactly(request: ChatRequest, signal: AbortSignal): Promise<ChatRequest>
  /** The tokens of a prompt by the model's own count; an estimate where it cannot be asked, so that nothing is woken for it. */
  count(request: ChatRequest, signal: AbortSignal): Promise<number>
}

/** An estimate this far below the limit is believed; nearer, the model's own tokenizer is asked. */
const estimateTrusted = 0.85
/**
 * Where nobody counts, a prompt is first taken for so much of its estimate, which is on the high side: replies would be cut
 * for room that there is. What vLLM refuses for it is asked again with the whole estimate.
 */
const estimateHoped = 0.75
/** A reply shorter than this is of no use, unless that is all that was asked for. */
const replyMin = 16
/** No token of the model's is longer: a longer text cannot fit, whatever it says. */
const bytesPerTokenMax = 64
const tokenizeMs = 10_000

/** Lowers a request's reply limit to what the context window leaves. Throws `context-overflow`. */
export function createContextWindow({ servers, modelCards, admission }: ContextWindowParts): MeasuredContextWindow {
  /** Undefined where nobody can say. */
  async function measure(request: ChatRequest, card: ModelCard, signal: AbortSignal): Promise<number | undefined> {
    if (textBytes(request) > card.contextWindow * bytesPerTokenMax) return estimatePrompt(request)
    const limited = AbortSignal.any([signal, AbortSignal.timeout(tokenizeMs)])
    const counted = await countTokens(servers, request, card.model, limited).catch(() => undefined)
    signal.throwIfAborted()
    return counted
  }

  /** `share`: for how much of its estimate a prompt is taken that nobody counts. */
  async function fitMeasured(
    request: ChatRequest,
    card: ModelCard,
    { signal, share }: { readonly signal: AbortSignal; readonly share: number },
  ): Promise<ChatRequest> {
    const promptTokens = await measure(request, card, signal)
    // An estimate is no reason to refuse: vLLM decides.
    if (promptTokens === undefined) return fitEstimated(request, card, share)
    const { contextWindow } = card
    const left = contextWindow - promptTokens - 1
    const needed = Math.min(replyMin, request.max_completion_tokens)
    if (left < needed) {
      const promptMax = promptTokens > contextWindow ? undefined : contextWindow - 1 - needed
      throw contextOverflow({ contextWindow, promptTokens, promptMax })
    }
    return left < request.max_completion_tokens ? { ...request, max_completion_tokens: left } : request
  }

  function fitEstimated(request: ChatRequest, card: ModelCard, share: number): ChatRequest {
    const left = Math.max(replyMin, card.contextWindow - Math.ceil(estimatePrompt(request) * share) - 1)
    return { ...request, max_completion_tokens: Math.min(request.max_completion_tokens, left) }
  }

  function fitKnown(request: ChatRequest, card: ModelCard, visit: Arriving): ChatRequest | Promise<ChatRequest> {
    const wanted = estimatePrompt(request) + request.max_completion_tokens
    return wanted <= card.contextWindow * estimateTrusted ? request : fitInPlace(request, card, visit)
  }

  async function fitInPlace(request: ChatRequest, card: ModelCard, visit: Arriving): Promise<ChatRequest> {
    const place = await admission.enter(visit)
    try {
      return await fitMeasured(request, card, { signal: visit.signal, share: estimateHoped })
    } finally {
      place.leave()
    }
  }

  return {
    fit(request, visit) {
      const card = modelCards.current()
      return card instanceof Promise
        ? card.then((known) => fitKnown(request, known, visit))
        : fitKnown(request, card, visit)
    },
    async fitExactly(request, signal) {
      return fitMeasured(request, await modelCards.current(), { signal, share: 1 })
    },
    async count(request, signal) {
      const { known } = modelCards
      const counted = known === undefined ? undefined : await measure(request, known, signal)
      return counted ?? estimatePrompt(request)
    },
  }
}

const tokenCount = z.object({ count: z.int().min(0) })

async function countTokens(
  servers: ModelServers,
  request: ChatRequest,
  model: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const body = JSON.stringify({ model, ...buildPrompt(request), add_generation_prompt: true })
  const prefix = () => conversationBeginning(request)
  const answer = await servers.ask({ method: 'POST', path: '/tokenize', body, prefix, withoutModel: true }, signal)
  if (answer.status !== 200) {
    answer.body.destroy()
    return undefined
  }
  // The answer lists every token: its count comes first, and a long list is not waited for.
  const text = await answer.body.text(4096)
  const count = /^\s*\{\s*"count"\s*:\s*(\d+)/.exec(text)?.[1]
  return count === undefined ? tokenCount.parse(JSON.parse(text)).count : Number(count)
}
