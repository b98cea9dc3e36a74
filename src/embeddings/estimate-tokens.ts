import type { InputContent } from './embeddings-request.ts'

/** By bytes, so that scripts with about a token a character are not taken for English. */
const bytesPerToken = 3.2
const tokensPerInput = 2

/** About how many tokens an input takes, on the high side for most languages. */
export function estimateTokens(content: InputContent): number {
  if (typeof content !== 'string') return content.length
  return Math.ceil(Buffer.byteLength(content) / bytesPerToken) + tokensPerInput
}
