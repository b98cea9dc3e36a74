import type { ChatPolicy } from '../chat/chat-policy.ts'

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
