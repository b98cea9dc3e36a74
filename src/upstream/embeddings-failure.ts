import * as z from 'zod'
import { GatewayError } from '../chat/gateway-error.ts'
import { MissingRoute, refusesRoute } from './missing-route.ts'
import { failureOfStatus } from './vllm-failure.ts'

/** Both servers' errors, as far as they matter here. */
const errorSchema = z.object({ error: z.object({ message: z.string(), n_ctx: z.int().positive().nullish() }) })

/** The words of llama-server. With the last the input is longer than is worked on at once, which its model list does not tell. */
const overflowPatterns = [
  /larger than the max context size[^\d]*(\d+)?/,
  /exceeds the available context size \((\d+) tokens\)/,
  /too large to process.*current batch size: (\d+)/,
]
const makesNone = /does not support embeddings|does not support the `?embed/i

/** A refusal by its status and its text, which is not told further: it may repeat the input. */
export function embeddingsFailure(status: number, text: string): GatewayError {
  const { message, n_ctx: context } = readError(text)
  const cause = new Error(`the embeddings server answered ${status}`)
  const tokensMax = context ?? overflowOf(message)
  if (tokensMax !== undefined) return overlong(tokensMax, cause)
  if (makesNone.test(message)) {
    return new MissingRoute('make embeddings', cause)
  }
  if (refusesRoute(status, message)) return new MissingRoute('make embeddings', cause)
  const failure = failureOfStatus(status, message)
  return failure.kind === 'context-overflow' ? overlong(failure.overflow?.contextWindow ?? 0, cause) : failure
}

function overflowOf(message: string): number | undefined {
  const found = overflowPatterns.map((pattern) => pattern.exec(message)?.[1]).find((tokens) => tokens !== undefined)
  return found === undefined ? undefined : Number(found)
}

/** Whose input it is says which; here nobody knows. */
function overlong(contextWindow: number, cause: Error): GatewayError {
  const message = `This model's maximum context length is ${contextWindow} tokens, and an input has more.`
  return new GatewayError('context-overflow', message, { cause, overflow: { contextWindow } })
}

function readError(text: string): { readonly message: string; readonly n_ctx?: number | null | undefined } {
  try {
    return errorSchema.parse(JSON.parse(text)).error
  } catch {
    return { message: text }
  }
}
