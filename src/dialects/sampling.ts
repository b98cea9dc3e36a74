import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ChatRequest } from '../chat/chat-request.ts'

type Wanted<Value> = Value | null | undefined

/** The sampling fields that the owner has defaults for, in the caller's values where there are any. */
export function fillSampling(
  wanted: { temperature?: Wanted<number>; top_p?: Wanted<number>; top_k?: Wanted<number> },
  { defaults }: ChatPolicy,
): { temperature: number; top_p: number; top_k: number } {
  return {
    temperature: wanted.temperature ?? defaults.temperature,
    top_p: wanted.top_p ?? defaults.top_p,
    top_k: wanted.top_k ?? defaults.top_k,
  }
}

/** How many tokens to ask for: the caller's number lowered to the service's cap, or the service's default. */
export function fillMaxTokens(wanted: Wanted<number>, { defaults, maxTokens }: ChatPolicy): number {
  return Math.min(wanted ?? defaults.max_tokens, maxTokens)
}

/** Sampling fields as OpenAI and vLLM spell them. */
interface WireSampling {
  readonly min_p?: Wanted<number>
  readonly presence_penalty?: Wanted<number>
  readonly frequency_penalty?: Wanted<number>
  readonly repetition_penalty?: Wanted<number>
  readonly seed?: Wanted<number>
  readonly stop?: Wanted<string | string[]>
}

/** The sampling fields that there are no defaults for: the caller's, where there are any. */
export function passSampling(wire: WireSampling): Partial<ChatRequest> {
  return {
    min_p: wire.min_p ?? undefined,
    presence_penalty: wire.presence_penalty ?? undefined,
    frequency_penalty: wire.frequency_penalty ?? undefined,
    repetition_penalty: wire.repetition_penalty ?? undefined,
    seed: wire.seed ?? undefined,
    stop: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? undefined),
  }
}
