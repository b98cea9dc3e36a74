import type { FastifyReply } from 'fastify'
import type { ChatEvents } from '../chat/chat-event.ts'
import { createReplyFold } from '../chat/chat-reply.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { Entry } from '../chat/visit.ts'
import type { Answer, Dialect, StreamEncoder } from '../dialects/dialect.ts'
import { sseHeaders } from '../wire/write-sse.ts'
import type { Arrival } from './arrival.ts'
import { jsonType } from './failures.ts'
import { createStreamOut } from './stream-out.ts'

export interface StreamTimes {
  /** How long a stream's status waits for the first event. */
  readonly firstEventHoldMs: number
  readonly keepAliveEveryMs: number
}

/** The header that says which reply limit vLLM was given, in tokens. */
const maxTokensHeader = 'x-gateway-max-tokens'

/** Has the request served: events are delivered as they come, and the end is awaited. */
export type Serve = (deliver: DeliverEvents) => Promise<void>

/** Answers whole. Throws GatewayError. */
export async function answerWhole<Echo>(
  serve: Serve,
  dialect: Dialect<Echo>,
  answer: Answer<Echo>,
  entry: Entry,
): Promise<{ headers: Record<string, string>; body: string }> {
  const fold = createReplyFold()
  await serve((events) => {
    fold.add(events)
    return undefined
  })
  const headers: Record<string, string> = { 'content-type': jsonType }
  if (entry.maxTokens !== undefined) headers[maxTokensHeader] = String(entry.maxTokens)
  return { headers, body: dialect.encodeReply(fold.reply(), answer) }
}

export interface StreamAnswer {
  readonly serve: Serve
  readonly encoder: StreamEncoder
  readonly arrival: Arrival
  readonly entry: Entry
}

/** Answers in frames. Throws GatewayError while the status is still held; afterwards failures are told in the stream. */
export async function answerStream(reply: FastifyReply, stream: StreamAnswer, times: StreamTimes): Promise<void> {
  const { serve, encoder, arrival, entry } = stream
  const out = createStreamOut(reply.raw, {
    headers: () => streamHeaders(reply, entry),
    keepAlive: encoder.keepAlive,
    holdMs: times.firstEventHoldMs,
    keepAliveMs: times.keepAliveEveryMs,
    onOpen: () => reply.hijack(),
  })
  try {
    await serve((events) => out.write(encodeBatch(encoder, events)))
    out.end(encoder.end())
  } catch (thrown) {
    const failure = GatewayError.from(thrown)
    if (!out.opened) throw failure
    arrival.failure = failure
    out.end(encoder.fail(failure))
  } finally {
    out.stop()
  }
}

/** Frames that arrived together leave together, in one write. */
function encodeBatch(encoder: StreamEncoder, batch: ChatEvents): string {
  let frames = ''
  for (const event of batch) frames += encoder.encode(event)
  return frames
}

function streamHeaders(reply: FastifyReply, entry: Entry): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = { ...sseHeaders }
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value
  if (entry.maxTokens !== undefined) headers[maxTokensHeader] = entry.maxTokens
  return headers
}
