import type { FastifyInstance } from 'fastify'
import { invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { parseExact } from '../wire/exact-json.ts'
import { findJsonFault } from '../wire/json-limits.ts'
import { hasTooManyValues, jsonValuesMax } from '../wire/json-values.ts'
import { wellFormedJson } from '../wire/well-formed-json.ts'

/**
 * Bodies are JSON, or they are refused with 415; what would break further on is refused here, or mended where no client
 * means it (`wellFormedJson`). Many clients name the type of a body that they do not send: `mayBeEmpty` says where that is
 * no body.
 */
export function acceptJsonOnly(
  app: FastifyInstance,
  mayBeEmpty: (method: string) => boolean = (method) => method === 'DELETE',
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, ({ method }, text, done) => {
    try {
      const isNone = text.length === 0 && mayBeEmpty(method)
      done(null, isNone ? undefined : parseBody(String(text)))
    } catch (thrown) {
      done(GatewayError.from(thrown), undefined)
    }
  })
}

function parseBody(text: string): unknown {
  const body = parseJson(text)
  const fault = findJsonFault(body)
  if (fault !== undefined) throw invalidField(fault.path, fault.found, fault.wanted)
  return body
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new GatewayError('malformed-request', 'The body is empty; a JSON object is wanted.')
  if (hasTooManyValues(text)) {
    throw new GatewayError('too-large', `The body has more than ${jsonValuesMax} JSON values.`)
  }
  try {
    return parseExact(wellFormedJson(text))
  } catch (thrown) {
    // V8's message repeats part of the text; only the position is told.
    const position = /position (\d+)/.exec(String(thrown))?.[1]
    const where = position === undefined ? '' : ` (at character ${position})`
    throw new GatewayError('malformed-request', `The body is not valid JSON${where}.`)
  }
}
