import type { Engine } from '../engine/engine.ts'
import type { Manners } from '../exchange/manners.ts'
import type { OpenRecord } from '../exchange/recorder.ts'
import { LlamaError, outerError } from './llama-error.ts'

const loading = outerError(503, 'unavailable_error', 'Loading model')
const unauthorized = outerError(401, 'authentication_error', 'Invalid API Key')
const dead = new LlamaError('server_error', 'Compute error.').toAnswer()
const openPaths = new Set(['/health', '/v1/health', '/'])

/** `apiKey`: null leaves everything open. */
export function llamaManners(engine: Engine, apiKey: string | null): Manners {
  function objection(record: OpenRecord) {
    if (engine.state === 'asleep') return loading
    return apiKey === null || openPaths.has(record.path) || hasKey(record, apiKey) ? undefined : unauthorized
  }
  return {
    headers: { server: 'llama.cpp (look-alike)' },
    objection,
    missing: () => outerError(404, 'not_found_error', 'File Not Found'),
    status: statusAnswer,
    dead: () => dead,
    failure: (thrown) =>
      thrown instanceof LlamaError ? thrown.toAnswer() : new LlamaError('server_error', 'unknown error').toAnswer(),
  }
}

function hasKey({ headers }: OpenRecord, apiKey: string): boolean {
  const given = headers.authorization ?? headers['x-api-key'] ?? ''
  return String(given).replace(/^Bearer /, '') === apiKey
}

function statusAnswer(status: number) {
  if (status === 503) return loading
  if (status === 401) return unauthorized
  if (status === 500) return dead
  return outerError(status, status === 400 ? 'invalid_request_error' : 'server_error', 'on request')
}
