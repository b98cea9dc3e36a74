import { createEngine, type Engine } from '../engine/engine.ts'
import { createLookAlike, type LookAlike } from '../look-alike.ts'
import { tokenId, tokenize } from '../request/tokenizer.ts'
import { plain, type Route } from '../routes/route.ts'
import { answerEmbeddings } from './answer-embeddings.ts'
import { modelList, properties } from './cards.ts'
import { LlamaError, llamaJson } from './llama-error.ts'
import { llamaManners } from './llama-manners.ts'
import { defaultLlamaOptions, type LlamaOptions } from './llama-options.ts'
import { readObject, tokensOf } from './read-inputs.ts'

/** A llama-server with `--embedding`, without a model. `loading` refuses everything with 503. */
export type LlamaSimulator = LookAlike<'ready' | 'loading'>

export function createLlamaSimulator(options: Partial<LlamaOptions> = {}): LlamaSimulator {
  const settings: LlamaOptions = { ...defaultLlamaOptions, ...options }
  const engine = createEngine(settings.slots)
  return createLookAlike<'ready' | 'loading'>({
    engine,
    routes: createRoutes(engine, settings),
    manners: llamaManners(engine, settings.apiKey),
    mainRoute: '/v1/embeddings',
    states: {
      names: ['ready', 'loading'],
      get: () => (engine.state === 'asleep' ? 'loading' : 'ready'),
      set: (state) => {
        engine.state = state === 'loading' ? 'asleep' : 'awake'
      },
    },
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    recordedMax: settings.recordedMax,
  })
}

function createRoutes(engine: Engine, options: LlamaOptions): readonly Route[] {
  const embed = (path: string, old: boolean): Route => ({
    ...{ method: 'POST', path },
    answer: (exchange) => answerEmbeddings(exchange, { engine, options, old }),
  })
  return [
    embed('/v1/embeddings', false),
    embed('/embeddings', true),
    embed('/embedding', true),
    plain('POST', '/tokenize', ({ body }) => llamaJson({ tokens: tokenIds(body) })),
    ...['/v1/models', '/models'].map((path) => plain('GET', path, () => llamaJson(modelList(options)))),
    ...['/v1/health', '/health'].map((path) => plain('GET', path, () => llamaJson({ status: 'ok' }))),
    plain('GET', '/props', () => llamaJson(properties(options))),
    plain('GET', '/metrics', () => {
      const text = 'This server does not support metrics endpoint. Start it with `--metrics`'
      throw new LlamaError('not_supported_error', text)
    }),
    plain('POST', '/v1/chat/completions', () => {
      throw new LlamaError('server_error', 'the current context does not logits computation. skipping')
    }),
  ]
}

function tokenIds(sent: unknown): number[] {
  const body = readObject(sent)
  const content = body['content']
  if (content === undefined) return []
  const text = String(content)
  return (body['add_special'] === true ? tokensOf(text) : tokenize(text)).map(tokenId)
}
