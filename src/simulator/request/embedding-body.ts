import { inputsMax } from '../embedding/vector.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import { checkInputLength } from './check-context.ts'
import { integer, isJson, misfit, oneOf, type Reader, text } from './read-field.ts'
import { tokenize } from './tokenizer.ts'
import { badRequest, type Issue, unknownModel, validationErrors } from './vllm-error.ts'

export interface EmbeddingBody {
  readonly inputs: readonly EmbeddingInput[]
  readonly dimensions: number
  readonly base64: boolean
}

interface EmbeddingInput {
  /** What decides the vector: the tokens in a row. */
  readonly text: string
  readonly tokens: number
}

/** @throws VllmError in pydantic's or in vLLM's own words. */
export function readEmbeddingBody(sent: unknown, options: SimulatorOptions): EmbeddingBody {
  const body = isJson(sent) ? sent : {}
  const issues: Issue[] = []
  if (body['input'] === undefined) {
    misfit(issues, { type: 'missing', loc: ['body', 'input'], msg: 'Field required', input: sent })
  }
  const read = <T>(name: string, reader: Reader<T>) => reader(body[name], ['body', name], issues)
  const input = read('input', inputs)
  const model = read('model', text)
  const dimensions = read('dimensions', integer)
  const format = read('encoding_format', oneOf('float', 'base64', 'bytes', 'bytes_only'))
  const cut = read('truncate_prompt_tokens', integer)
  if (issues.length > 0) throw validationErrors(issues)
  if (model !== null && model !== '' && model !== options.model) throw unknownModel(model)
  checkDimensions(dimensions, options)
  const tokensMax = cutAt(cut, options.maxModelLen)
  return {
    inputs: (input ?? []).map((item) => fitted(item, tokensMax, options.maxModelLen)),
    // More than there are is all of them.
    dimensions: Math.min(dimensions ?? options.dimensions, options.dimensions),
    base64: format === 'base64',
  }
}

/** Text, a list of texts, a list of token ids, or a list of such lists. */
const inputs: Reader<readonly (readonly string[])[]> = (value, loc, issues) => {
  if (value === undefined) return null
  if (typeof value === 'string') return [textTokens(value)]
  if (Array.isArray(value) && value.length > 0) {
    if (value.every(isId)) return [value.map(String)]
    if (value.length > inputsMax) throw badRequest(`At most ${inputsMax} inputs may be sent to this look-alike.`)
    if (value.every((item) => typeof item === 'string')) return value.map(textTokens)
    if (value.every((item) => Array.isArray(item) && item.every(isId))) return value.map((item) => item.map(String))
  }
  if (Array.isArray(value) && value.length === 0)
    throw badRequest('Either prompt or prompt_embeds must be provided and non-empty.')
  return misfit(issues, { type: 'list_type', loc, msg: 'Input should be a valid list', input: value })
}

function isId(item: unknown): boolean {
  return Number.isInteger(item)
}

function textTokens(sent: string): string[] {
  return [...tokenize(sent), '<eos>']
}

function checkDimensions(wanted: number | null, { model, matryoshka }: SimulatorOptions): void {
  if (wanted === null) return
  if (matryoshka === false) {
    const advice = 'changing output dimensions will lead to poor results.'
    throw badRequest(`Model "${model}" does not support matryoshka representation, ${advice}`)
  }
  if (matryoshka !== true && !matryoshka.includes(wanted)) {
    const known = `[${matryoshka.join(', ')}]`
    const advice = 'use other output dimensions will lead to poor results.'
    throw badRequest(`Model "${model}" only supports ${known} matryoshka dimensions, ${advice}`)
  }
  if (wanted < 1) throw badRequest('Dimensions must be greater than 0')
}

/** `truncate_prompt_tokens`: -1 is the model's own length. Infinity where nothing is to be cut. */
function cutAt(cut: number | null, maxModelLen: number): number {
  if (cut === null) return Number.POSITIVE_INFINITY
  if (cut < -1) {
    throw validationErrors([
      {
        ...{ type: 'greater_than_equal', loc: ['body', 'truncate_prompt_tokens'], input: cut, ctx: { ge: -1 } },
        msg: 'Input should be greater than or equal to -1',
      },
    ])
  }
  if (cut <= maxModelLen) return cut === -1 ? maxModelLen : cut
  const advice = 'Please request a smaller truncation size.'
  throw badRequest(`truncate_prompt_tokens value is greater than max_model_len. ${advice}`)
}

function fitted(tokens: readonly string[], tokensMax: number, maxModelLen: number): EmbeddingInput {
  const kept = tokens.slice(0, tokensMax)
  const length = kept.reduce((sum, token) => sum + token.length, 0)
  checkInputLength({ length, tokens: kept.length }, 0, maxModelLen)
  return { text: kept.join(' '), tokens: kept.length }
}
