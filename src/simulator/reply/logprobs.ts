import { hashText } from '../request/tokenizer.ts'

interface Logprob {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
}

/** A token of more characters is none of a vocabulary's: it is white space, or an event that is huge on request. */
const tokenMax = 64

/** Deterministic log probabilities, well-formed: the token itself comes first among the likely ones. */
export function logprobsOf(tokens: readonly string[], top: number): { content: object[] } {
  const shown = tokens.map((token) => token.slice(0, tokenMax))
  return { content: shown.map((token) => ({ ...logprobOf(token, 0), top_logprobs: likely(token, top) })) }
}

function likely(token: string, top: number): Logprob[] {
  return Array.from({ length: top }, (_, rank) => logprobOf(rank === 0 ? token : `${token}~${rank}`, rank, token))
}

function logprobOf(token: string, rank: number, first = token): Logprob {
  const logprob = -((hashText(first) % 1000) + 1) / 2000 - rank
  return { token, logprob, bytes: [...Buffer.from(token)] }
}
