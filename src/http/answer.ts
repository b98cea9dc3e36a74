import type { FastifyReply } from 'fastify'
import type { ChatEvents } from '../chat/chat-event.ts'
import { createReplyFold } from '../chat/chat-reply.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { Visit } from '../chat/visit.ts'
import type { Answer, Dialect, KeepReply, StreamEncoder } from '../dialects/dialect.ts'
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

/** What is to be answered, and how it is told. */
export interface Answering<Echo> {
  /** Has the request served: events are delivered as they come, and the end is awaited. */
  serve(deliver: DeliverEvents): Promise<void>
  readonly dialect: Dialect<Echo>
  readonly answer: Answer<Echo>
  readonly arrival: Arrival
  readonly visit: Visit
}

/** Answers whole. Throws GatewayError. */
export async function answerWhole<Echo>(reply: FastifyReply, answering: Answering<Echo>): Promise<FastifyReply> {
  const { serve, dialect, answer, visit } = answering
  const fold = createReplyFold()
  await serve((events) => {
    fold.add(events)
    return undefined
  })
  const folded = fold.reply()
  const keep = dialect.remember?.(answer)
  if (keep !== undefined) await keep(folded)
  const body = dialect.encodeReply(folded, answer)
  await visit.entry.record(200)
  return reply.headers(visitHeaders(answering)).header('content-type', jsonType).send(body)
}

/** Answers in frames. Throws GatewayError while the status is still held; afterwards failures are told in the stream. */
export async function answerStream<Echo>(
  reply: FastifyReply,
  answering: Answering<Echo>,
  times: StreamTimes,
): Promise<FastifyReply> {
  const { serve, dialect, answer, arrival, visit } = answering
  const { entry } = visit
  const encoder = dialect.openStream(answer)
  const memory = openMemory(dialect.remember?.(answer))
  const out = createStreamOut(reply.raw, {
    headers: () => streamHeaders(reply, visitHeaders(answering), encoder.contentType),
    keepAlive: encoder.keepAlive,
    holdMs: times.firstEventHoldMs,
    keepAliveMs: times.keepAliveEveryMs,
    onOpen: () => reply.hijack(),
  })
  try {
    await serve((events) => {
      memory?.add(events)
      return out.write(encodeBatch(encoder, events))
    })
    await memory?.keep()
    await entry.record(200)
    out.end(encoder.end())
  } catch (thrown) {
    const failure = GatewayError.from(thrown)
    if (!out.isOpen() && encoder.tellsInStream?.(failure) !== true) throw failure
    arrival.failure = failure
    await entry.record(200, failure)
    out.end(encoder.fail(failure), encoder.breaksOffOnFailure === true)
  } finally {
    out.stop()
  }
  return reply
}

/** Gathers what is streamed, where the answer is to be kept. */
function openMemory(keep: KeepReply | undefined) {
  if (keep === undefined) return undefined
  const fold = createReplyFold()
  return { add: fold.add, keep: () => keep(fold.reply()) }
}

/** Frames that arrived together leave together, in one write. */
function encodeBatch(encoder: StreamEncoder, batch: ChatEvents): string {
  let frames = ''
  for (const event of batch) frames += encoder.encode(event)
  return frames
}

/** What the answer's headers say of how the request was let in. */
function visitHeaders<Echo>({ dialect, visit: { entry, allowance } }: Answering<Echo>): Record<string, string> {
  const rate = allowance === undefined ? undefined : dialect.encodeRate?.(allowance.rate(), Date.now())
  return entry.maxTokens === undefined ? { ...rate } : { ...rate, [maxTokensHeader]: String(entry.maxTokens) }
}

function streamHeaders(
  reply: FastifyReply,
  visitHeaders: Record<string, string>,
  contentType: string | undefined,
): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = { ...sseHeaders }
  if (contentType !== undefined) headers['content-type'] = contentType
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) headers[name] = value
  return Object.assign(headers, visitHeaders)
}
