import { GatewayError } from '../../chat/gateway-error.ts'
import { refuseFields as refuseCommonFields } from '../../chat/refused-fields.ts'

const own = { known: ['functions', 'function_call'], format: '`response_format`' }

/** Throws `unsupported-field` for what would otherwise be missing from the answer without a word. */
export function refuseFields(body: object): void {
  refuseCommonFields(body, own)
  const modalities: unknown = Reflect.get(body, 'modalities')
  if (Array.isArray(modalities) && modalities.includes('audio')) throw refusal('modalities', 'answers are text')
  if (Reflect.get(body, 'moderation') != null) throw refusal('moderation', 'nothing is moderated here')
}

function refusal(field: string, reason: string): GatewayError {
  return new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
}
