import { inputsMax } from '../embedding/vector.ts'
import { isJson, type Json } from '../request/read-field.ts'
import { tokenize } from '../request/tokenizer.ts'
import { LlamaError } from './llama-error.ts'

export interface LlamaInputs {
  readonly inputs: readonly LlamaInput[]
  readonly base64: boolean
  /** Echoed; null where none was given. */
  readonly model: string | null
  /** True where `content` was given instead of `input`: the shape of before OpenAI's. */
  readonly old: boolean
}

/** Tokens, those that the tokenizer adds included. Token lists are taken as they are. */
export type LlamaInput = readonly string[]

/** @throws LlamaError */
export function readInputs(sent: unknown): LlamaInputs {
  const body = readObject(sent)
  const old = body['input'] === undefined
  const input = body['input'] ?? (old ? body['content'] : null)
  if (old && body['content'] === undefined) {
    throw new LlamaError('invalid_request_error', '"input" or "content" must be provided')
  }
  return {
    base64: readFormat(body['encoding_format']),
    inputs: readPrompts(input),
    model: typeof body['model'] === 'string' ? body['model'] : null,
    old,
  }
}

export function readObject(sent: unknown): Json {
  if (isJson(sent)) return sent
  const text = '[json.exception.parse_error.101] parse error at line 1, column 1: syntax error while parsing value'
  throw new LlamaError('server_error', text)
}

function readFormat(format: unknown): boolean {
  if (format === undefined || format === 'float') return false
  if (format === 'base64') return true
  if (typeof format === 'string') {
    const message = 'The format to return the embeddings in. Can be either float or base64'
    throw new LlamaError('invalid_request_error', message)
  }
  const found = format === null ? 'null' : typeof format
  throw new LlamaError('server_error', `[json.exception.type_error.302] type must be string, but is ${found}`)
}

/** A list with numbers in it is one prompt, also where words stand among them. */
function readPrompts(input: unknown): LlamaInput[] {
  if (!Array.isArray(input) || input.some((item) => typeof item === 'number')) return [readPrompt(input)]
  if (input.length === 0) throw new LlamaError('server_error', '"prompt" must not be empty')
  if (input.length > inputsMax) {
    throw new LlamaError('invalid_request_error', `At most ${inputsMax} inputs may be sent to this look-alike.`)
  }
  return input.map(readPrompt)
}

function readPrompt(prompt: unknown): LlamaInput {
  if (typeof prompt === 'string') return tokensOf(prompt)
  if (isJson(prompt) && typeof prompt['prompt_string'] === 'string') return tokensOf(prompt['prompt_string'])
  if (!Array.isArray(prompt) || !prompt.every((item) => typeof item === 'number' || typeof item === 'string')) {
    const known =
      'a string, a list of tokens, a JSON object containing a prompt string, or a list of mixed strings & tokens'
    throw new LlamaError('server_error', `"prompt" elements must be ${known}.`)
  }
  return prompt.flatMap((item) => (typeof item === 'number' ? [tokenOf(item)] : tokenize(item)))
}

const vocabularySize = 262_144

function tokenOf(id: number): string {
  if (id >= 0 && id < vocabularySize) return String(id)
  throw new LlamaError('invalid_request_error', 'Prompt contains invalid tokens')
}

/** What the model is given for a text. */
export function tokensOf(text: string): LlamaInput {
  return ['<bos>', ...tokenize(text), '<eos>']
}
