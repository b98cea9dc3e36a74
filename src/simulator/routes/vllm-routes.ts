import type { Engine, SleepMode } from '../engine/engine.ts'
import { createMetrics } from '../engine/metrics.ts'
import { type Answer, errorAnswer, jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { chatRoute } from '../faults/fault-plan.ts'
import { badRequest, httpError } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import { answerChat } from './answer-chat.ts'
import { answerEmbeddings } from './answer-embeddings.ts'
import { answerRender, answerTokenize } from './answer-tokenize.ts'
import { modelList } from './model-list.ts'

/** A route of vLLM's. Those that take JSON refuse every other content type. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly takesJson: boolean
  /** @throws VllmError, which is answered in vLLM's envelope */
  readonly answer: (exchange: Exchange) => Promise<void>
}

export function createVllmRoutes(engine: Engine, options: SimulatorOptions): readonly Route[] {
  const metrics = createMetrics(engine, options)

  return [
    json(chatRoute, (exchange) => answerChat(exchange, { engine, metrics, options })),
    json(`${chatRoute}/render`, (exchange) => answerRender(exchange, options)),
    json('/tokenize', (exchange) => answerTokenize(exchange, options)),
    json('/v1/embeddings', (exchange) => answerEmbeddings(exchange, options)),
    plain('GET', '/v1/models', () => jsonAnswer(modelList(options))),
    plain('GET', '/version', () => jsonAnswer(JSON.stringify({ version: options.version }))),
    // Says nothing of sleep or of a wedged engine, as vLLM's does not.
    plain('GET', '/health', () => empty(engine.state === 'dead' ? 503 : 200)),
    plain('GET', '/metrics', () => ({
      status: 200,
      type: 'text/plain; version=1.0.0; charset=utf-8',
      text: metrics.text(),
    })),
    plain('GET', '/is_sleeping', () => jsonAnswer(JSON.stringify({ is_sleeping: engine.state === 'asleep' }))),
    plain('POST', '/wake_up', () => {
      engine.wake()
      return empty(200)
    }),
    plain('POST', '/sleep', ({ query }) => sleep(engine, query)),
  ]
}

function json(path: string, answer: Route['answer']): Route {
  return { method: 'POST', path, takesJson: true, answer }
}

function plain(method: Route['method'], path: string, make: (exchange: Exchange) => Answer | Promise<Answer>): Route {
  const answer = async (exchange: Exchange) => sendAnswer(exchange, await make(exchange))
  return { method, path, takesJson: false, answer }
}

function empty(status: number): Answer {
  return { status, type: 'text/plain; charset=utf-8', text: '' }
}

/** Level and mode come from the query alone; a body is ignored. */
async function sleep(engine: Engine, query: URLSearchParams): Promise<Answer> {
  const level = Number(query.get('level') ?? '1')
  const mode = query.get('mode') ?? 'abort'
  if (!Number.isInteger(level)) throw badRequest(`invalid literal for int() with base 10: '${query.get('level')}'`)
  if (!isSleepMode(mode)) return errorAnswer(httpError(422, 'Unprocessable Entity'))
  await engine.sleep(level, mode)
  return empty(200)
}

function isSleepMode(mode: string): mode is SleepMode {
  return mode === 'abort' || mode === 'wait' || mode === 'keep'
}
