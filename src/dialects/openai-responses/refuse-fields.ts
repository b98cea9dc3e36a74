import { GatewayError } from '../../chat/gateway-error.ts'
import { refuseFields as refuseCommonFields } from '../../chat/refused-fields.ts'

const own = { format: '`text.format`', tools: '`tools` and `tool_choice`' }

/** What asks for something else than an answer to what was sent. */
const reasons: Readonly<Record<string, string>> = {
  background: 'answers are given while the caller waits',
  conversation: 'use `previous_response_id` or send the items',
  prompt: 'no prompts are kept here; send the text',
  moderation: 'nothing is moderated here',
}

/** Throws `unsupported-field`. A field that is null or false asks for nothing. */
export function refuseFields(body: object): void {
  refuseCommonFields(body, own)
  for (const [field, reason] of Object.entries(reasons)) {
    const value: unknown = Reflect.get(body, field)
    if (value == null || value === false) continue
    throw new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
  }
}
