/** No model's name is longer; it is repeated in every chunk of an answer. */
const nameMax = 256

/** A name that may be a model's; undefined where it cannot be one. */
export function modelName(name: unknown): string | undefined {
  return typeof name === 'string' && name !== '' && name.length <= nameMax ? name : undefined
}

/** The `model` of a body that nobody has looked at yet; undefined where there is none to speak of. */
export function modelOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('model' in body)) return undefined
  return modelName(body.model)
}
