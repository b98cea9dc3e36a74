import * as z from 'zod'

/**
 * The bounds of what may reach vLLM, whatever a dialect calls the field. vLLM ignores some bad values, fails on others
 * inside a 200, and dies of a few.
 */
export const bounds = {
  messages: 2048,
  partsPerMessage: 64,
  tools: 256,
  /** A tool's or a reply's JSON schema, in characters of its JSON text. */
  schemaLength: 16_384,
  /** Objects and lists inside each other; ten levels of a JSON schema, each of which takes two. */
  schemaDepth: 20,
  /** What a reply's schema may count: an engine's grammar may grow with it, and the model has to write as much. */
  schemaCount: 10_000,
  /** `VLLM_MAX_STOP_STRINGS`, as long as nobody sets it: with more, vLLM refuses the whole request. */
  stopStrings: 4,
  topLogprobs: 20,
  imageSide: 8192,
  imagePixels: 40_000_000,
  audioBytes: 25_000_000,
  /** Gemma hears no more of one piece. */
  audioSeconds: 30,
} as const

export const temperatureSchema = z.number().min(0).max(2)
export const topPSchema = z.number().gt(0).max(1)
export const topKSchema = z.int().min(-1).max(1000)
export const minPSchema = z.number().min(0).max(1)
export const penaltySchema = z.number().min(-2).max(2)
export const repetitionPenaltySchema = z.number().gt(0).max(2)
export const maxTokensSchema = z.int().min(1)
export const seedSchema = z.int()
export const stopStringSchema = z.string().min(1).max(64)
export const toolNameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a name of 1 to 64 letters, digits, _ and -')
