import type { Exchange } from '../exchange/exchange.ts'
import { unsupportedMediaType, validationErrors } from './vllm-error.ts'

/** @throws VllmError where the body is not sent as JSON, or is none. */
export function checkJson({ record, body }: Exchange): void {
  const type = (record.headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]
  if (type !== 'application/json') throw unsupportedMediaType()
  if (body !== undefined) return
  if (record.body === undefined) {
    throw validationErrors([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }])
  }
  const ctx = { error: 'Expecting value' }
  throw validationErrors([{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {}, ctx }])
}
