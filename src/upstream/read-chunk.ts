import { type ChunkTemplate, learnTemplate } from './chunk-template.ts'
import { nonsense } from './decode-chunk.ts'
import { type VllmChunk, vllmChunkSchema } from './vllm-chunk.ts'

/** Learning costs as much as parsing many chunks: a stream whose chunks never resemble each other is not learned. */
const lessonsMax = 4
/** Text and reasoning, each with its counts and without: more kinds than these a server does not mix. */
const templatesMax = 8

/**
 * Reads one frame of a stream. Undefined is a frame that is no chunk, which is passed over, as a hiccup of a proxy's; a
 * chunk that cannot be read, or that is cut, is `upstream-failed`: to pass over it would be a hole that nobody is told of.
 */
export type ReadChunk = (frame: string) => VllmChunk | undefined

/**
 * Makes a reader for each stream of one service. Nearly all chunks are the same but for a word and a few counts, which are
 * read without parsing what has been parsed before; what one stream learned, the next ones know.
 */
export function createChunkReaders(): () => ReadChunk {
  const templates: ChunkTemplate[] = []

  function learn(frame: string, chunk: VllmChunk): ChunkTemplate | undefined {
    const learned = learnTemplate(frame, chunk)
    if (learned === undefined) return undefined
    if (templates.length === templatesMax) templates.shift()
    templates.push(learned)
    return learned
  }

  return () => {
    let last: ChunkTemplate | undefined
    let lessons = 0

    function readByTemplate(frame: string): VllmChunk | undefined {
      const read = last?.read(frame)
      if (read !== undefined) return read
      for (const template of templates) {
        const other = template === last ? undefined : template.read(frame)
        if (other === undefined) continue
        last = template
        return other
      }
      return undefined
    }

    return (frame) => {
      const read = readByTemplate(frame)
      if (read !== undefined) return read
      const chunk = parseChunk(frame)
      const learned = chunk === undefined || lessons === lessonsMax ? undefined : learn(frame, chunk)
      if (learned !== undefined) {
        last = learned
        lessons++
      }
      return chunk
    }
  }
}

/** The chunk that a text is; undefined where it is something else. Of a damaged one is said what is said of a whole answer. */
export function parseChunk(text: string): VllmChunk | undefined {
  const json = parseJson(text)
  if (json === undefined && /^\s*\{/.test(text)) throw nonsense('something that is not an answer')
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
