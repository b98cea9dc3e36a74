/** No model's name is longer; it is repeated in every chunk of an answer. */
const nameMax = 256

/** The `model` of a body that nobody has looked at yet; undefined where there is none to speak of. */
export function modelOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('model' in body)) return undefined
  const { model } = body
  return typeof model === 'string' && model !== '' && model.length <= nameMax ? model : undefined
}
