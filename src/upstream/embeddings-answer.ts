import * as z from 'zod'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Embedded } from '../embeddings/embeddings-upstream.ts'

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.union([z.string(), z.array(z.number())]) })),
  usage: z.object({ prompt_tokens: z.int().min(0) }),
})

const bytesPerNumber = 4

/** Vectors in the order of the inputs. Throws `upstream-failed` where one is missing, or is none. */
export function readEmbeddings(text: string, count: number): Embedded {
  const { data, usage } = parse(text)
  const vectors: (Float32Array | undefined)[] = new Array(count).fill(undefined)
  for (const { index, embedding } of data) {
    if (index < count) vectors[index] = typeof embedding === 'string' ? decode(embedding) : Float32Array.from(embedding)
  }
  const dimensions = vectors[0]?.length ?? 0
  const whole = vectors.filter((vector) => vector !== undefined && isVector(vector, dimensions))
  if (whole.length < count || data.length !== count) throw noEmbeddings(`${whole.length} vectors of ${count}`)
  return { vectors: whole.filter((vector) => vector !== undefined), promptTokens: usage.prompt_tokens }
}

/** A model that has run out of its numbers' range says NaN, which no client can use. */
function isVector(vector: Float32Array, dimensions: number): boolean {
  return vector.length === dimensions && dimensions > 0 && vector.every(Number.isFinite)
}

/** Little-endian, as every machine is that runs this. The bytes are copied to where a number may begin. */
function decode(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / bytesPerNumber))
}

function parse(text: string): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text))
  } catch {
    // What zod and V8 say repeats the answer.
    throw noEmbeddings(`an answer of ${text.length} characters that does not fit`)
  }
}

function noEmbeddings(found: string): GatewayError {
  const cause = new Error(`the embeddings server told ${found}`)
  return new GatewayError('upstream-failed', 'The model server answered with something that is no embeddings.', {
    cause,
  })
}
