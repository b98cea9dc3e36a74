import { describeFound, invalidField } from '../../chat/describe-mismatch.ts'
import type { GatewayError } from '../../chat/gateway-error.ts'
import type { InputContent } from '../../embeddings/embeddings-request.ts'

/** An input and where it stands, such as `input[3]`. */
export interface WireInput {
  readonly content: InputContent
  readonly field: string
}

/** No vocabulary is larger; the model's own may be smaller. */
const idMax = 0xff_ff_ff

const wanted = 'a string, a list of strings, or token ids'

/** One text or the ids of one, or a list of either. Throws `invalid-request`, naming the input. */
export function decodeInput(input: unknown, inputsMax: number): readonly WireInput[] {
  if (typeof input === 'string') return [{ content: text(input, 'input'), field: 'input' }]
  if (!Array.isArray(input) || input.length === 0) throw invalidField('input', describeFound(input), wanted)
  if (typeof input[0] === 'number') return [{ content: ids(input, 'input'), field: 'input' }]
  if (input.length > inputsMax) throw invalidField('input', `a list of ${input.length}`, `at most ${inputsMax} items`)
  return input.map((item, at) => {
    const field = `input[${at}]`
    return { content: Array.isArray(item) ? ids(item, field) : text(item, field), field }
  })
}

function text(item: unknown, field: string): string {
  if (typeof item !== 'string') throw misfit(item, field, 'a string or token ids')
  if (item === '') throw misfit(item, field, 'at least 1 character')
  return item
}

function ids(items: readonly unknown[], field: string): readonly number[] {
  if (items.length === 0) throw misfit(items, field, 'at least 1 token id')
  const at = items.findIndex((id) => !isId(id))
  if (at !== -1) throw misfit(items[at], `${field}[${at}]`, `a token's id from 0 to ${idMax}`)
  // Each of them has just been looked at.
  return items as readonly number[]
}

function isId(id: unknown): boolean {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= idMax
}

function misfit(found: unknown, field: string, what: string): GatewayError {
  return invalidField(field, describeFound(found), what)
}
