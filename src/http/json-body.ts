import { isAscii, isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { invalidField } from '../chat/describe-mismatch.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { parseExact } from '../wire/exact-json.ts'
import { findJsonFault } from '../wire/json-limits.ts'
import { bodyBounds, hasTooManyValues } from '../wire/json-values.ts'
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
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, ({ method, headers }, bytes: Buffer, done) => {
    try {
      refuseCharset(headers['content-type'], bytes)
      const isNone = bytes.length === 0 && mayBeEmpty(method)
      done(null, isNone ? undefined : parseBody(decodeText(bytes)))
    } catch (thrown) {
      done(GatewayError.from(thrown), undefined)
    }
  })
}

/** ASCII is UTF-8 too. */
const charsetTaken = /^(?:utf-?8|(?:us-)?ascii)$/i

/** What is ASCII throughout is the same in all encodings that clients name. */
function refuseCharset(type: string | undefined, bytes: Buffer): void {
  const charset = type === undefined ? undefined : /;\s*charset\s*=\s*["']?([^\s"';,]+)/i.exec(type)?.[1]
  if (charset === undefined || charsetTaken.test(charset) || isAscii(bytes)) return
  throw new GatewayError('unsupported-media-type', 'Send the body as UTF-8: `Content-Type: application/json`.')
}

const byteOrderMark = 0xfeff
/** What stands in a text for bytes that are none, and what a client may also send itself. */
const replacement = '\ufffd'

/** Decoding mends what is no UTF-8; nobody means what comes of it. */
function decodeText(bytes: Buffer): string {
  const text = bytes.toString()
  // The bytes are looked at only where they may be wrong: most texts are searched in no time.
  if (text.includes(replacement) && !isUtf8(bytes)) {
    throw new GatewayError('malformed-request', 'The body is not UTF-8, which JSON has to be.')
  }
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
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
    const { values, names } = bodyBounds
    throw new GatewayError('too-large', `The body has more than ${values} JSON values, or more than ${names} fields.`)
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
