import { isJsonObject } from '../wire/is-json-object.ts'
import { wellFormedJson } from '../wire/well-formed-json.ts'
import { createObjectText } from './object-text.ts'

/**
 * What a call in a conversation was made with, as the JSON text of an object: vLLM refuses a history with any other. What
 * broke off is closed, and what is no object at all is `{}`: the model wrote it, and its mistake must not end a conversation
 * that clients send back as they were told it. What was written as JSON twice is read twice.
 */
export type ReadArguments = (written: string) => string

/** Far more than any model writes into calls that break off; to look at each character takes time. */
const closedMax = 1_000_000

/** For one request. What breaks off beyond `closedMax` characters together is `{}`. */
export function createReadArguments(): ReadArguments {
  let left = closedMax
  return (written) => {
    if (isJsonObject(written)) return wellFormedJson(written)
    left -= written.length
    return left < 0 ? '{}' : wellFormedJson(closed(writtenOnce(written)))
  }
}

function closed(written: string): string {
  const text = createObjectText()
  return text.accept(written.trimStart()) + text.rest()
}

function writtenOnce(written: string): string {
  try {
    const value: unknown = JSON.parse(written)
    return typeof value === 'string' ? value : written
  } catch {
    return written
  }
}
