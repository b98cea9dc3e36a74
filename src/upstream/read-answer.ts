import type { ChatEvents } from '../chat/chat-event.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { createSseReader, SseEventTooLong, type SseReader } from '../wire/read-sse.ts'
import type { AnswerBody } from './answer-body.ts'
import { type ChunkDecoder, nonsense } from './decode-chunk.ts'
import { vllmChunkSchema } from './vllm-chunk.ts'

/** One event's largest length, in characters; a whole tool call's arguments may come in one. */
const eventMaxLength = 1_048_576

/** Reads an answer a batch of events at a time; undefined at its end. Throws GatewayError. */
export interface AnswerReader {
  next(): Promise<ChatEvents | undefined>
}

/**
 * Reads a streamed answer, a batch for what came together. An end without every choice's finish is `upstream-failed`,
 * whether or not `[DONE]` came.
 */
export function createStreamReader(body: AnswerBody, decoder: ChunkDecoder): AnswerReader {
  const reader = createSseReader(eventMaxLength)
  let ended = false

  async function next(): Promise<ChatEvents | undefined> {
    if (ended) return undefined
    const taken = await takeUntilFinished()
    if (taken === undefined) {
      ended = true
      return decoder.end()
    }
    return decodeFrames(readFrames(reader, taken), decoder)
  }

  /** A connection that breaks after every choice's finish has cost nothing of the answer. */
  async function takeUntilFinished(): Promise<readonly Buffer[] | undefined> {
    try {
      return await body.take()
    } catch (thrown) {
      if (thrown instanceof GatewayError || !decoder.finished) throw thrown
      return undefined
    }
  }

  return { next }
}

function readFrames(reader: SseReader, taken: readonly Buffer[]): string[] {
  try {
    const [only] = taken
    return taken.length === 1 && only !== undefined ? reader.read(only) : taken.flatMap((bytes) => reader.read(bytes))
  } catch (thrown) {
    if (thrown instanceof SseEventTooLong) throw nonsense('an event that is too long', thrown)
    throw thrown
  }
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
export function createWholeReader(body: AnswerBody, decoder: ChunkDecoder): AnswerReader {
  let ended = false
  return {
    async next() {
      if (ended) return undefined
      ended = true
      const parsed = vllmChunkSchema.safeParse(parseJson(await body.text()))
      if (!parsed.success) throw nonsense('something that is not an answer', parsed.error)
      return [...decoder.decode(parsed.data), ...decoder.end()]
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
