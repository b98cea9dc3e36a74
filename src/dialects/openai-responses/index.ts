import { credentialsFrom } from '../credentials.ts'
import type { Dialect } from '../dialect.ts'
import { modelOf } from '../model-of.ts'
import { openaiRateHeaders } from '../openai-rate.ts'
import { decodeRequest } from './decode-request.ts'
import type { ResponsesEcho } from './echo.ts'
import { encodeError } from './encode-error.ts'
import { openStream } from './encode-events.ts'
import { encodeReply } from './encode-reply.ts'
import { createToken, responseId } from './item-ids.ts'
import { writeKept } from './kept-conversation.ts'
import { createOwnRoutes } from './own-routes.ts'
import type { ResponseStore } from './response-store.ts'
import { shapes } from './shapes.ts'

export interface ResponsesParts {
  /** Undefined where the owner wants nothing to be kept. */
  readonly store: ResponseStore | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

// Some clients leave `/v1` out, and some add it twice.
const versions = ['/v1', '', '/v1/v1'] as const

/** OpenAI Responses. */
export function createOpenaiResponses({ store, now = Date.now }: ResponsesParts): Dialect<ResponsesEcho> {
  const nowSeconds = () => Math.floor(now() / 1000)
  const parts = { store, now, createToken }
  return {
    name: 'openai-responses',
    credentials: credentialsFrom('bearer'),
    routes: [
      { path: '/responses', versions, purpose: 'answer' },
      { path: '/responses/input_tokens', versions, purpose: 'count-tokens' },
    ],
    modelOf: ({ body }) => modelOf(body),
    decode: ({ body }, context) => decodeRequest(body, context, parts),
    encodeReply: (reply, answer) => encodeReply(reply, answer, nowSeconds()),
    openStream: (answer) => openStream(answer, nowSeconds),
    shapes,
    encodeError,
    encodeRate: openaiRateHeaders,
    countTokens: {
      decode: async ({ body }, context) => (await decodeRequest(body, context, parts)).request,
      encode: (tokens) => JSON.stringify({ object: 'response.input_tokens', input_tokens: tokens }),
    },
    remember(answer) {
      const { kept, token } = answer.echo
      if (store === undefined || kept === undefined) return undefined
      return (reply) => {
        const text = writeKept(kept, encodeReply(reply, answer, nowSeconds()))
        return store.put(answer.caller.keyId, { id: responseId(token), text })
      }
    },
    ownRoutes: createOwnRoutes(store, versions),
  }
}
