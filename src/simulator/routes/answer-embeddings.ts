import { randomUUID } from 'node:crypto'
import { jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { isJson } from '../request/read-field.ts'
import { hashText, tokenize } from '../request/tokenizer.ts'
import { unknownModel, validationErrors } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'

const dimensionsMax = 768

/** Deterministic unit vectors: the same text has the same one. `dimensions` cuts and normalises again. */
export async function answerEmbeddings(exchange: Exchange, options: SimulatorOptions): Promise<void> {
  const sent = isJson(exchange.body) ? exchange.body : {}
  const model = sent['model']
  if (typeof model === 'string' && model !== options.model) throw unknownModel(model)
  const texts = readInput(sent['input'])
  if (texts === undefined) {
    throw validationErrors([{ type: 'missing', loc: ['body', 'input'], msg: 'Field required', input: sent }])
  }
  const dimensions =
    typeof sent['dimensions'] === 'number' ? Math.min(sent['dimensions'], dimensionsMax) : dimensionsMax
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, dimensions)
    return {
      index,
      object: 'embedding',
      embedding: sent['encoding_format'] === 'base64' ? toBase64(vector) : [...vector],
    }
  })
  const tokens = texts.reduce((sum, text) => sum + tokenize(text).length + 1, 0)
  const reply = {
    id: `embd-${randomUUID().replaceAll('-', '')}`,
    object: 'list',
    created: Math.floor(Date.now() / 1000),
    model: options.model,
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
  }
  await sendAnswer(exchange, jsonAnswer(JSON.stringify(reply)))
}

/** Text, a list of texts, a list of token ids, or a list of such lists. */
function readInput(input: unknown): string[] | undefined {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input)) return undefined
  if (input.length > 0 && input.every((item) => typeof item === 'number')) return [input.join(' ')]
  return input.map((item) => (Array.isArray(item) ? item.join(' ') : String(item)))
}

function vectorOf(text: string, dimensions: number): Float32Array {
  let state = hashText(text)
  const vector = Float32Array.from({ length: dimensions }, () => {
    // A step of the mulberry32 generator.
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1
  })
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer).toString('base64')
}
