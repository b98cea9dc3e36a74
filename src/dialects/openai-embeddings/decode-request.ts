import { invalidField } from '../../chat/describe-mismatch.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import type { OverlongRule } from '../../embeddings/embeddings-request.ts'
import type { EmbeddingsPolicy } from '../../embeddings/embeddings-service.ts'
import type { Asked } from '../dialect.ts'
import type { DecodedEmbeddings } from '../embeddings-codec.ts'
import { parseWire } from '../parse-wire.ts'
import { decodeInput } from './decode-input.ts'
import { type WireRequest, wireRequestSchema } from './wire-request.ts'

/** What the encoder needs of the request. */
export interface EmbeddingsEcho {
  readonly base64: boolean
}

/** Refused in other dialects: there it would cut a conversation at its wrong end. */
const own = { known: ['truncate_prompt_tokens'] }

export function decodeRequest({ body }: Asked, policy: EmbeddingsPolicy): DecodedEmbeddings<EmbeddingsEcho> {
  const wire = parseWire(wireRequestSchema, body)
  if (typeof body === 'object' && body !== null) refuseFields(body, own)
  const dimensions = wire.dimensions == null ? undefined : { count: wire.dimensions, field: 'dimensions' }
  return {
    request: {
      inputs: decodeInput(wire.input, policy.maxInputs).map((input) => ({ ...input, dimensions })),
      overlong: decodeOverlong(wire, policy),
    },
    echo: { base64: wire.encoding_format === 'base64' },
  }
}

function decodeOverlong(
  { truncate, truncate_prompt_tokens: tokensMax }: WireRequest,
  { overlong }: EmbeddingsPolicy,
): OverlongRule {
  if (tokensMax === 0) throw invalidField('truncate_prompt_tokens', '0', '-1 or at least 1')
  // vLLM's word for what the model takes.
  if (tokensMax === -1) return { action: 'cut' }
  if (tokensMax != null) return { action: 'cut', tokensMax }
  if (truncate == null) return { action: overlong }
  const cuts = typeof truncate === 'boolean' ? truncate : truncate.toUpperCase() === 'END'
  return { action: cuts ? 'cut' : 'refuse' }
}
