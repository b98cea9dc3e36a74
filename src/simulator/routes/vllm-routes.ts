import type { Engine, SleepMode } from '../engine/engine.ts'
import { createMetrics } from '../engine/metrics.ts'
import type { PrefixCache } from '../engine/prefix-cache.ts'
import { type Answer, jsonAnswer } from '../exchange/answer.ts'
import { errorAnswer } from '../exchange/vllm-manners.ts'
import { checkJson } from '../request/check-json.ts'
import { badRequest, httpError } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import { answerChat } from './answer-chat.ts'
import { answerEmbeddings } from './answer-embeddings.ts'
import { answerSpeech } from './answer-speech.ts'
import { answerRender, answerTokenize } from './answer-tokenize.ts'
import { modelList } from './model-list.ts'
import { plain, type Route } from './route.ts'

const chatRoute = '/v1/chat/completions'
const embeddingsRoute = '/v1/embeddings'
const transcriptionRoute = '/v1/audio/transcriptions'

/** Where faults happen unless another route is named. */
export const mainRoutes: Readonly<Record<SimulatorOptions['serves'], string>> = {
  chat: chatRoute,
  embeddings: embeddingsRoute,
  transcription: transcriptionRoute,
}

export interface VllmParts {
  readonly engine: Engine
  readonly prefixCache: PrefixCache
  readonly options: SimulatorOptions
}

export function createVllmRoutes({ engine, prefixCache, options }: VllmParts): readonly Route[] {
  const metrics = createMetrics(engine, prefixCache, options)
  const embed = json(embeddingsRoute, (exchange) => answerEmbeddings(exchange, { engine, options }))
  const served: Readonly<Record<SimulatorOptions['serves'], readonly Route[]>> = {
    chat: [
      json(chatRoute, (exchange) => answerChat(exchange, { engine, metrics, prefixCache, options })),
      json(`${chatRoute}/render`, (exchange) => answerRender(exchange, options)),
      embed,
    ],
    embeddings: [embed],
    transcription: [
      speech(transcriptionRoute, (exchange) => answerSpeech(exchange, { engine, options, task: 'transcribe' })),
      speech('/v1/audio/translations', (exchange) => answerSpeech(exchange, { engine, options, task: 'translate' })),
    ],
  }

  return [
    ...served[options.serves],
    json('/tokenize', (exchange) => answerTokenize(exchange, options)),
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

/** Refuses every other content type. */
function json(path: string, answer: Route['answer']): Route {
  return {
    method: 'POST',
    path,
    answer: async (exchange) => {
      checkJson(exchange)
      await answer(exchange)
    },
  }
}

function speech(path: string, answer: Route['answer']): Route {
  return { method: 'POST', path, answer }
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
