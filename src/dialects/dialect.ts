import type { ChatEvent } from '../chat/chat-event.ts'
import type { ChatPolicy } from '../chat/chat-policy.ts'
import type { ChatReply } from '../chat/chat-reply.ts'
import type { ChatRequest } from '../chat/chat-request.ts'
import type { GatewayError } from '../chat/gateway-error.ts'

/** A language that clients speak. Decoding throws GatewayError; encoders are pure: identity and clock come in. */
export interface Dialect<Echo = unknown> {
  readonly name: string
  /** POST paths below the root, a service's prefix, and either followed by `/v1`. */
  readonly paths: readonly string[]
  /** The model that a body names, before anything else of it is looked at. */
  modelOf(body: unknown): string | undefined
  decode(body: unknown, policy: ChatPolicy): Decoded<Echo>
  /** The whole reply as JSON text. */
  encodeReply(reply: ChatReply, answer: Answer<Echo>): string
  openStream(answer: Answer<Echo>): StreamEncoder
  readonly encodeError: EncodeError
}

export interface Decoded<Echo> {
  readonly request: ChatRequest
  readonly streamed: boolean
  /** What only the encoder needs of the request. */
  readonly echo: Echo
}

/** What an answer is called in its own text. */
export interface Answer<Echo> {
  readonly echo: Echo
  readonly requestId: string
  /** The model as the caller named it, or the service's name. */
  readonly model: string
}

/** Turns one reply's events into frames, each a piece of text that is complete in itself. */
export interface StreamEncoder {
  encode(event: ChatEvent): string
  /** The frames after the last event of a clean end. */
  end(): string
  /** The frames that tell of a failure after the stream has opened, and end it. */
  fail(error: GatewayError): string
  /** A frame that keeps a silent stream open; may come first. */
  readonly keepAlive: string
}

export type EncodeError = (error: GatewayError) => EncodedError

export interface EncodedError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}
