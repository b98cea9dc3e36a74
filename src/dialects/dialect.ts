import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import type { Caller } from '../chat/caller.ts'
import type { ChatEvent } from '../chat/chat-event.ts'
import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ChatReply } from '../chat/chat-reply.ts'
import type { ChatRequest } from '../chat/chat-request.ts'
import type { DialectName } from '../chat/dialect-names.ts'
import type { GatewayError } from '../chat/gateway-error.ts'
import type { RateState } from '../chat/rate.ts'
import type { EmbeddingsCodec } from './embeddings-codec.ts'
import type { ModelCard } from './model-card.ts'
import type { Seal } from './seal.ts'

/** A language that clients speak, as the door knows it. */
export interface SpokenDialect {
  readonly name: DialectName
  /** True where a request can only come from a client of this dialect, also on a route that dialects share. */
  claims?(request: Clues): boolean
  /** Where a key may stand, the first that is there counts. */
  readonly credentials: readonly CredentialForm[]
  readonly routes: readonly DialectRoute[]
  /** The model that is asked for, before anything else of the request is looked at. */
  modelOf(asked: Asked): string | undefined
  readonly encodeError: EncodeError
  /** The header that SDKs of this dialect read a request's id from, beside `x-request-id`. */
  readonly requestIdHeader?: string
  /** What is left of the caller's limits, as headers; `nowMs` is since 1970. */
  encodeRate?(rate: RateState, nowMs: number): Readonly<Record<string, string>>
  readonly models?: EncodeModels
  /** Routes that no model answers. */
  readonly ownRoutes?: readonly OwnRoute[]
  /** What the description of the API says of the routes that models answer. */
  readonly shapes?: WireShapes
  /** Where vectors may be asked for in it. */
  readonly embeddings?: EmbeddingsCodec
}

/** One in which models are talked to. Decoding throws GatewayError; encoders are pure: identity and clock come in. */
export interface Dialect<Echo = unknown> extends SpokenDialect {
  /** A promise where something has to be looked up first. */
  decode(asked: Asked, context: DecodeContext): Decoded<Echo> | Promise<Decoded<Echo>>
  /** The whole reply as JSON text. */
  encodeReply(reply: ChatReply, answer: Answer<Echo>): string
  openStream(answer: Answer<Echo>): StreamEncoder
  readonly countTokens?: TokenCount
  /** How an answer is kept that may be asked for later; undefined where this one is not to be. */
  remember?(answer: Answer<Echo>): KeepReply | undefined
}

export interface WireShapes {
  readonly request: NamedShape
  readonly error: NamedShape
}

/** Under the name that OpenAPI's `components` have it. */
export interface NamedShape {
  readonly name: string
  readonly schema: z.ZodType
  /** JSON where it is not there. */
  readonly mediaType?: string
}

/** What tells a dialect before its route does. */
export interface Clues {
  /** The address without its query, such as `/gemma4/v1beta/models`. */
  readonly address: string
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: IncomingHttpHeaders
}

export type CredentialForm = 'bearer' | 'x-api-key' | 'api-key' | 'x-goog-api-key' | 'query-key'

/** What a request of a dialect wants of the model. */
export type Purpose = 'answer' | 'count-tokens' | 'embed'

/** A POST route below the root and below each service's prefix. */
export interface DialectRoute {
  /** Begins with a slash; a `*` at its end stands for the rest of the path, slashes included. */
  readonly path: string
  /** What may stand before the path, such as `/v1`; the first is the one that people are told. */
  readonly versions: readonly string[]
  /** Decided by the path where it has a wildcard; throws `unknown-route`. */
  readonly purpose: Purpose | ((asked: Asked) => Purpose)
  /** The routes that people are told of, where the path's own spelling says too little. */
  readonly shown?: readonly string[]
}

/** A request at the door. */
export interface Asked {
  readonly body: unknown
  /** What the route's wildcard stands for, decoded once; empty where it has none. */
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  readonly headers: IncomingHttpHeaders
}

export interface DecodeContext {
  readonly policy: ChatPolicy
  readonly caller: Caller
  readonly seal: Seal
}

export interface Decoded<Echo> {
  readonly request: ChatRequest
  readonly streamed: boolean
  /** What only the encoder needs of the request. */
  readonly echo: Echo
  /** Headers of the answer, whole or streamed, such as the names of tools that were left out. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What an answer is called in its own text. */
export interface Answer<Echo> {
  readonly echo: Echo
  /** Unique and unguessable; what is in the answer is named after it. */
  readonly requestId: string
  /** The model as the caller named it, or the service's name. */
  readonly model: string
  readonly caller: Caller
  readonly seal: Seal
}

/** Called with an answer that ended well, and waited for before its end is told. */
export type KeepReply = (reply: ChatReply) => Promise<void>

/** Turns one reply's events into frames, each a piece of text that is complete in itself. */
export interface StreamEncoder {
  /** Server-sent events where it is not given. */
  readonly contentType?: string
  encode(event: ChatEvent): string
  /** The frames after the last event of a clean end. */
  end(): string
  /** The frames that tell of a failure after the stream has opened, and end it. */
  fail(error: GatewayError): string
  /** A frame that keeps a silent stream open; may come before every event. */
  keepAlive(): string
  /** True for a failure that clients look for in the stream, also where a status could still tell it. */
  tellsInStream?(error: GatewayError): boolean
  /** True where the client only notices a failure when its connection breaks after the frames that tell of it. */
  readonly breaksOffOnFailure?: boolean
}

export type EncodeError = (error: GatewayError, requestId: string) => EncodedError

export interface EncodedError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}

/** A request's prompt, counted without an answer. */
interface TokenCount {
  decode(asked: Asked, context: DecodeContext): ChatRequest | Promise<ChatRequest>
  /** JSON text. */
  encode(tokens: number): string
}

/** `GET /models` and `/models/{id}` as JSON text. */
export interface EncodeModels {
  list(cards: readonly ModelCard[]): string
  one(card: ModelCard): string
}

/** A route that the dialect answers by itself, for the caller alone. */
export interface OwnRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As in DialectRoute. */
  readonly path: string
  readonly versions: readonly string[]
  /** True where it only says why not, in words that clients know what to do with. */
  readonly refusesOnly?: boolean
  /** Throws GatewayError. */
  answer(asked: Asked, caller: Caller): OwnAnswer | Promise<OwnAnswer>
}

export interface OwnAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}
