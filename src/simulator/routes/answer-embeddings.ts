import { randomUUID } from 'node:crypto'
import { toBase64, vectorOf } from '../embedding/vector.ts'
import type { Engine } from '../engine/engine.ts'
import { openRun, work } from '../engine/work.ts'
import { jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { type EmbeddingBody, readEmbeddingBody } from '../request/embedding-body.ts'
import { engineDead } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'

export interface EmbeddingParts {
  readonly engine: Engine
  readonly options: SimulatorOptions
}

/** @throws VllmError where it is refused. */
export async function answerEmbeddings(exchange: Exchange, { engine, options }: EmbeddingParts): Promise<void> {
  const body = readEmbeddingBody(exchange.body, options)
  if (engine.state === 'dead') throw engineDead()
  const run = openRun(exchange)
  await work(exchange, engine, run, () => ({
    milliseconds: options.firstTokenMs,
    answer: async () => {
      if (run.signal.aborted) throw engineDead()
      await sendAnswer(exchange, jsonAnswer(JSON.stringify(reply(body, options))))
    },
  }))
}

function reply({ inputs, dimensions, base64 }: EmbeddingBody, { model }: SimulatorOptions): object {
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  return {
    id: `embd-${randomUUID().replaceAll('-', '')}`,
    object: 'list',
    created: Math.floor(Date.now() / 1000),
    model,
    data: inputs.map(({ text }, index) => {
      const vector = vectorOf(text, dimensions)
      return { index, object: 'embedding', embedding: base64 ? toBase64(vector) : [...vector] }
    }),
    usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
  }
}
