import { GatewayError } from '../../chat/gateway-error.ts'

const otherMedia = 'the model answers with text alone'

/** What asks for something that the model or the gateway cannot do, by its path. Other unknown fields are dropped. */
const reasons: readonly (readonly [path: readonly string[], reason: string])[] = [
  [['cachedContent'], 'nothing is cached by name here; the same beginning of a prompt is cached by itself'],
  [['continuationToken'], 'answers are not continued by a token'],
  [['generationConfig', 'responseFormat'], 'use `responseMimeType` and `responseJsonSchema` instead'],
  [['generationConfig', 'speechConfig'], otherMedia],
  [['generationConfig', 'imageConfig'], otherMedia],
  [['generationConfig', 'translationConfig'], otherMedia],
]

/** Throws `unsupported-field`. `at` is what comes before the path where the request stands inside another. */
export function refuseUnsupported(body: unknown, at: '' | 'generateContentRequest.'): void {
  const request = at === '' ? body : valueAt(body, ['generateContentRequest'])
  for (const [path, reason] of reasons) {
    if (valueAt(request, path) !== undefined) throw unsupported(at + path.join('.'), reason)
  }
  const modalities = valueAt(request, ['generationConfig', 'responseModalities'])
  if (!Array.isArray(modalities)) return
  const other = modalities.findIndex((modality) => ['IMAGE', 'AUDIO', 'VIDEO'].includes(modality))
  if (other !== -1) throw unsupported(`${at}generationConfig.responseModalities[${other}]`, otherMedia)
}

function unsupported(field: string, reason: string): GatewayError {
  return new GatewayError('unsupported-field', `\`${field}\` is not supported here: ${reason}.`, { field })
}

function valueAt(body: unknown, path: readonly string[]): unknown {
  let value = body
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, step)
  }
  return value
}
