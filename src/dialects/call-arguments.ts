import { invalidField } from '../chat/describe-mismatch.ts'
import { isJsonObject } from '../wire/is-json-object.ts'
import { wellFormedJson } from '../wire/well-formed-json.ts'
import { createObjectText } from './object-text.ts'

/**
 * What a call in a conversation was made with, as the JSON text of an object: vLLM refuses a history with any other. Nothing
 * is `{}`, and what broke off is closed, because clients send back what they were told of an answer that was cut. Throws
 * `invalid-request` for JSON of anything but an object.
 */
export type ReadArguments = (written: string, field: string) => string

/** Far more than any model writes into calls that break off; to look at each character takes time. */
const closedMax = 1_000_000

/** For one request. What breaks off beyond `closedMax` characters together is `{}`. */
export function createReadArguments(): ReadArguments {
  let left = closedMax
  return (written, field) => {
    if (isJsonObject(written)) return wellFormedJson(written)
    if (isOtherJson(written)) throw invalidField(`${field}.arguments`, 'other text', 'the JSON text of an object')
    left -= written.length
    return left < 0 ? '{}' : wellFormedJson(closed(written.trimStart()))
  }
}

function closed(written: string): string {
  const text = createObjectText()
  return text.accept(written) + text.rest()
}

/** True where text is JSON, but not of an object. */
export function isOtherJson(text: string): boolean {
  try {
    JSON.parse(text)
    return !isJsonObject(text)
  } catch {
    return false
  }
}
