import { type ChunkTemplate, learnTemplate } from './chunk-template.ts'
import { nonsense } from './decode-chunk.ts'
import { type VllmChunk, vllmChunkSchema } from './vllm-chunk.ts'

/** Learning costs as much as reading a few chunks: a stream whose chunks never resemble each other is not learned. */
const lessonsMax = 8

/**
 * Reads the chunks of one stream. Nearly all are the same but for a word and two counts, which are read without parsing
 * what has been parsed before. Undefined is a frame that is no chunk, which is passed over, as a hiccup of a proxy's; a chunk
 * that cannot be read is `upstream-failed`: to pass over it would be a hole that nobody is told of.
 */
export function createChunkReader(): (frame: string) => VllmChunk | undefined {
  let template: ChunkTemplate | undefined
  let lessons = 0

  return (frame) => {
    const read = template?.read(frame)
    if (read !== undefined) return read
    const chunk = parseChunk(frame)
    const isNew = template === undefined || !frame.startsWith(template.head)
    if (chunk !== undefined && isNew && lessons < lessonsMax) {
      const learned = learnTemplate(frame, chunk)
      if (learned !== undefined) {
        template = learned
        lessons++
      }
    }
    return chunk
  }
}

/** The chunk that a text is; undefined where it is something else. */
export function parseChunk(text: string): VllmChunk | undefined {
  const json = parseJson(text)
  const parsed = vllmChunkSchema.safeParse(json)
  if (parsed.success) return parsed.data
  if (typeof json === 'object' && json !== null && 'choices' in json) throw nonsense('a chunk that cannot be read')
  return undefined
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
