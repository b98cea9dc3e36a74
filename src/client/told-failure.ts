import { ClientError } from './client-error.ts'
import { withoutControls } from './without-controls.ts'

const wordsMax = 1000

/**
 * The words of an error body of any dialect: `error.message`, or what servers put in its place. Without the control
 * characters that a terminal would obey.
 */
export function toldFailure(body: unknown): string | undefined {
  // Google sends a list of one where a stream was asked for.
  const { error, message, detail } = fieldsOf(Array.isArray(body) ? body[0] : body)
  const words = [fieldsOf(error)['message'], error, message, detail].find(
    (said) => typeof said === 'string' && said !== '',
  )
  return words === undefined ? undefined : withoutControls(String(words)).slice(0, wordsMax)
}

/** Throws ClientError where an event of a stream tells of a failure. */
export function throwToldFailure(event: unknown): void {
  const { error } = fieldsOf(event)
  if (error === undefined || error === null) return
  throw new ClientError(`The server failed: ${toldFailure(event) ?? 'it does not say how.'}`)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
