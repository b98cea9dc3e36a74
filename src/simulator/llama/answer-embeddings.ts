import { toBase64, vectorOf } from '../embedding/vector.ts'
import type { Engine } from '../engine/engine.ts'
import { compute, openRun } from '../engine/work.ts'
import { sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { LlamaError, llamaJson } from './llama-error.ts'
import type { LlamaOptions } from './llama-options.ts'
import { type LlamaInput, type LlamaInputs, readInputs } from './read-inputs.ts'

export interface EmbeddingParts {
  readonly engine: Engine
  readonly options: LlamaOptions
  /** Of the routes without `/v1`. */
  readonly old: boolean
}

/**
 * Every input waits for a slot of its own, behind all that came before. One that fails ends the whole request.
 * @throws LlamaError
 */
export async function answerEmbeddings(exchange: Exchange, parts: EmbeddingParts): Promise<void> {
  const { engine, options } = parts
  const read = readInputs(exchange.body)
  const run = openRun(exchange)
  try {
    await Promise.all(read.inputs.map((input) => runInput(input, { exchange, engine, options, signal: run.signal })))
  } finally {
    // What has not run yet does not.
    run.abort()
  }
  if (exchange.response.destroyed) return
  const reply = parts.old || read.old ? oldReply(read, options) : openAiReply(read, options)
  await sendAnswer(exchange, llamaJson(reply))
}

interface InputParts extends Omit<EmbeddingParts, 'old'> {
  readonly exchange: Exchange
  readonly signal: AbortSignal
}

async function runInput(input: LlamaInput, { exchange, engine, options, signal }: InputParts): Promise<void> {
  const task = new AbortController()
  const stop = () => task.abort('left')
  signal.addEventListener('abort', stop)
  await engine.enter(task)
  try {
    if (task.signal.aborted) return
    checkLength(input.length, options)
    await compute(exchange, options.inputMs, task.signal)
  } finally {
    signal.removeEventListener('abort', stop)
    engine.leave(task)
  }
}

function checkLength(tokens: number, { ubatchTokens, contextTokens }: LlamaOptions): void {
  if (tokens > ubatchTokens) {
    const advice = `increase the physical batch size (current batch size: ${ubatchTokens})`
    throw new LlamaError('server_error', `input (${tokens} tokens) is too large to process. ${advice}`)
  }
  if (tokens > contextTokens) {
    const message = `input (${tokens} tokens) is larger than the max context size (${contextTokens} tokens). skipping`
    throw new LlamaError('exceed_context_size_error', message, { n_prompt_tokens: tokens, n_ctx: contextTokens })
  }
}

function openAiReply({ inputs, base64, model }: LlamaInputs, options: LlamaOptions): object {
  const tokens = inputs.reduce((sum, input) => sum + input.length, 0)
  return {
    model: model ?? options.model,
    object: 'list',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    data: inputs.map((input, index) => {
      const vector = vectorOf(input.join(' '), options.dimensions)
      const embedding = base64 ? toBase64(vector) : [...vector]
      return { embedding, index, object: 'embedding', ...(base64 && { encoding_format: 'base64' }) }
    }),
  }
}

function oldReply({ inputs }: LlamaInputs, { dimensions }: LlamaOptions): object {
  return inputs.map((input, index) => ({ index, embedding: [[...vectorOf(input.join(' '), dimensions)]] }))
}
