import type { ChatEvent, ChatEvents } from '../chat/chat-event.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import { createSseReader, SseEventTooLong } from '../wire/read-sse.ts'
import type { AnswerBody } from './answer-body.ts'
import { type ChunkDecoder, nonsense } from './decode-chunk.ts'
import { parseJson, type ReadChunk } from './read-chunk.ts'
import { vllmChunkSchema } from './vllm-chunk.ts'

/** One event's largest length, in characters; a whole tool call's arguments may come in one. */
const eventMaxLength = 1_048_576
/** A whole answer's, in bytes: far more than any context window holds. */
const replyMax = 67_108_864

/**
 * Reads a streamed answer and delivers a batch of events for what came together. An end without every choice's finish is
 * `upstream-failed`, whether or not `[DONE]` came; a connection that breaks after every finish has cost nothing.
 */
export async function readStream(
  body: AnswerBody,
  readChunk: ReadChunk,
  decoder: ChunkDecoder,
  deliver: DeliverEvents,
): Promise<void> {
  const reader = createSseReader(eventMaxLength)
  let begun = false

  function deliverSome(events: ChatEvents): Promise<void> | undefined {
    if (events.length === 0) return undefined
    begun = true
    return deliver(events)
  }

  /** `[DONE]` proves nothing: it also follows an error. */
  function decodeFrame(frame: string, events: ChatEvent[]): void {
    const chunk = frame === '[DONE]' ? undefined : readChunk(frame)
    if (chunk !== undefined) decoder.decode(chunk, events)
  }

  /** What came before a failure is told before it, unless nothing has been told yet: then the failure can be a status. */
  function deliverFrames(frames: readonly string[]): Promise<void> | undefined {
    const events: ChatEvent[] = []
    try {
      for (const frame of frames) decodeFrame(frame, events)
    } catch (thrown) {
      if (begun) deliverSome(events)
      throw thrown
    }
    return deliverSome(events)
  }

  try {
    await body.read((bytes) => deliverFrames(reader.read(bytes)))
  } catch (thrown) {
    if (thrown instanceof SseEventTooLong) throw nonsense('an event that is too long', thrown)
    if (thrown instanceof GatewayError || !decoder.isFinished()) throw thrown
  }
  const ending: ChatEvent[] = []
  decoder.end(ending)
  await deliver(ending)
}

/** Reads a whole answer and delivers the one batch of events that its stream would have given. */
export async function readWhole(body: AnswerBody, decoder: ChunkDecoder, deliver: DeliverEvents): Promise<void> {
  const parsed = vllmChunkSchema.safeParse(parseJson(await body.text(replyMax)))
  if (!parsed.success) throw nonsense('something that is not an answer', parsed.error)
  const events: ChatEvent[] = []
  decoder.decode(parsed.data, events)
  decoder.end(events)
  await deliver(events)
}
