/** The `model` of a body that nobody has looked at yet; undefined where there is none to speak of. */
export function modelOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('model' in body)) return undefined
  return typeof body.model === 'string' && body.model !== '' ? body.model : undefined
}
