import { STATUS_CODES } from 'node:http'
import { badRequest, engineDead, httpError, internalError, VllmError } from '../request/vllm-error.ts'
import { type Answer, jsonAnswer } from './answer.ts'
import type { Manners } from './manners.ts'
import type { OpenRecord } from './recorder.ts'

const unauthorized = jsonAnswer('{"error":"Unauthorized"}', 401)

/** `apiKey` guards the routes below `/v1`; null leaves them open. */
export function vllmManners(apiKey: string | null): Manners {
  return {
    headers: { server: 'vllm-look-alike' },
    objection: (record) => (apiKey === null || !isGuarded(record) || hasKey(record, apiKey) ? undefined : unauthorized),
    missing: (_path, known) => errorAnswer(known ? httpError(405, 'Method Not Allowed') : httpError(404, 'Not Found')),
    status: statusAnswer,
    dead: () => errorAnswer(engineDead()),
    failure: (thrown) => errorAnswer(thrown instanceof VllmError ? thrown : internalError()),
  }
}

export function errorAnswer(error: VllmError): Answer {
  return jsonAnswer(error.toJson(), error.status)
}

function isGuarded({ path }: OpenRecord): boolean {
  return path.startsWith('/v1')
}

function hasKey({ headers }: OpenRecord, apiKey: string): boolean {
  const [scheme = '', ...rest] = (headers.authorization ?? '').split(' ')
  return scheme.toLowerCase() === 'bearer' && rest.join(' ') === apiKey
}

function statusAnswer(status: number): Answer {
  if (status === 400) return errorAnswer(badRequest('This request was refused on request.'))
  if (status === 401) return unauthorized
  if (status === 500) return errorAnswer(engineDead())
  return errorAnswer(httpError(status, STATUS_CODES[status] ?? 'Unknown'))
}
