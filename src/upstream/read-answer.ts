import type { ChatEvents } from '../chat/chat-event.ts'
import { createSseReader, SseEventTooLong } from '../wire/read-sse.ts'
import type { Deadlines } from './deadlines.ts'
import { type ChunkDecoder, nonsense } from './decode-chunk.ts'
import { vllmChunkSchema } from './vllm-chunk.ts'
import type { VllmAnswer } from './vllm-server.ts'

/** One event's largest length, in characters; a whole tool call's arguments may come in one. */
const eventMaxLength = 1_048_576

/**
 * Reads a streamed answer as batches of events, a batch for the chunks that one read brought. Throws GatewayError; an end
 * without every choice's finish is `upstream-failed`, whether or not `[DONE]` came.
 */
export async function* readStream(
  body: VllmAnswer['body'],
  decoder: ChunkDecoder,
  deadlines: Deadlines,
): AsyncGenerator<ChatEvents> {
  const reader = createSseReader(eventMaxLength)
  try {
    for await (const bytes of body) {
      const events = decodeFrames(reader.read(bytes), decoder)
      if (events.length === 0) continue
      deadlines.noteEvent()
      yield events
    }
  } catch (thrown) {
    if (thrown instanceof SseEventTooLong) throw nonsense('an event that is too long', thrown)
    throw thrown
  }
  yield decoder.end()
}

function decodeFrames(frames: readonly string[], decoder: ChunkDecoder): ChatEvents {
  if (frames.length === 1) return decodeFrame(frames[0] ?? '', decoder)
  return frames.flatMap((frame) => decodeFrame(frame, decoder))
}

/** `[DONE]` proves nothing: it also follows an error. A frame that is no chunk is passed over, as a hiccup of a proxy's. */
function decodeFrame(frame: string, decoder: ChunkDecoder): ChatEvents {
  if (frame === '[DONE]') return []
  const parsed = vllmChunkSchema.safeParse(parseJson(frame))
  return parsed.success ? decoder.decode(parsed.data) : []
}

/** Reads a whole answer as the one batch of events that its stream would have given. */
export async function readWhole(body: VllmAnswer['body'], decoder: ChunkDecoder): Promise<ChatEvents> {
  const parsed = vllmChunkSchema.safeParse(parseJson(await body.text()))
  if (!parsed.success) throw nonsense('something that is not an answer', parsed.error)
  return [...decoder.decode(parsed.data), ...decoder.end()]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
