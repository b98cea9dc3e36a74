import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ContentPart } from '../chat/chat-request.ts'
import { GatewayError } from '../chat/gateway-error.ts'

/** Audio that a model may hear. Throws GatewayError naming `field`. */
export function decodeAudio(
  { field }: { readonly base64: string; readonly field: string },
  _policy: ChatPolicy,
): ContentPart {
  throw new GatewayError('unsupported-field', `\`${field}\` is audio, which is not accepted here.`, { field })
}
