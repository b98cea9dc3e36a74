import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { ChatMessage } from '../../chat/chat-request.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import type { Decoded } from '../dialect.ts'
import { parseWire } from '../parse-wire.ts'
import { fillMaxTokens, fillSampling } from '../sampling.ts'
import { wireRequestSchema } from './wire-request.ts'

export function decodeRequest(body: unknown, policy: ChatPolicy): Decoded<null> {
  const wire = parseWire(wireRequestSchema, body)
  if (typeof body === 'object' && body !== null) refuseFields(body)
  const system: ChatMessage[] = wire.system_prompt ? [{ role: 'system', content: wire.system_prompt }] : []
  return {
    request: {
      messages: [...system, { role: 'user', content: wire.prompt }],
      max_completion_tokens: fillMaxTokens(wire.max_tokens, policy),
      ...fillSampling(wire, policy),
      chat_template_kwargs: { enable_thinking: wire.enable_thinking ?? policy.defaults.enable_thinking },
    },
    streamed: wire.stream === true,
    echo: null,
  }
}
