import { invalidField } from '../chat/describe-mismatch.ts'
import { isJsonObject } from '../wire/is-json-object.ts'
import { jsonDepthMax } from '../wire/json-limits.ts'
import { extentOf } from '../wire/json-values.ts'
import { wellFormedJson } from '../wire/well-formed-json.ts'
import { createObjectText } from './object-text.ts'

/**
 * What a call in a conversation was made with, as the JSON text of an object: vLLM refuses a history with any other. What
 * broke off is closed, and what is no object at all is `{}`: the model wrote it, and its mistake must not end a conversation
 * that clients send back as they were told it. What was written as JSON twice is read twice. Throws `invalid-request` for
 * more than a model writes, which would take long to parse, here or in vLLM.
 */
export type ReadArguments = (written: string) => string

/** Far more than any model writes into calls that break off; to look at each character takes time. */
const closedMax = 1_000_000
/** Far more than the calls of any conversation have together. */
const marksMax = 200_000

/** For one request, whose conversation is in this field. What breaks off beyond `closedMax` characters together is `{}`. */
export function createReadArguments(conversation: string): ReadArguments {
  let left = closedMax
  let marks = 0

  function checkExtent(text: string): void {
    const extent = extentOf(text)
    marks += extent.marks
    const refuse = (found: string, wanted: string) =>
      invalidField(conversation, `calls whose arguments have ${found}`, wanted)
    if (extent.depth > jsonDepthMax)
      throw refuse(`more than ${jsonDepthMax} levels`, `at most ${jsonDepthMax} nested levels`)
    if (marks > marksMax) throw refuse(`more than ${marksMax} JSON values`, 'fewer')
  }

  return (written) => {
    checkExtent(written)
    if (isJsonObject(written)) return wellFormedJson(written)
    const once = writtenOnce(written)
    if (once !== written) checkExtent(once)
    left -= written.length
    return left < 0 ? '{}' : wellFormedJson(closed(once))
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
