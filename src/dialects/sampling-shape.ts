import * as z from 'zod'
import {
  bounds,
  minPSchema,
  penaltySchema,
  repetitionPenaltySchema,
  seedSchema,
  stopStringSchema,
  temperatureSchema,
  topKSchema,
  topPSchema,
} from '../chat/bounds.ts'

/** Sampling fields as OpenAI and vLLM spell them, for the dialects that take these words. */
export const samplingShape = {
  temperature: temperatureSchema.nullish(),
  top_p: topPSchema.nullish(),
  top_k: topKSchema.nullish(),
  min_p: minPSchema.nullish(),
  presence_penalty: penaltySchema.nullish(),
  frequency_penalty: penaltySchema.nullish(),
  repetition_penalty: repetitionPenaltySchema.nullish(),
  seed: seedSchema.nullish(),
  stop: z.union([stopStringSchema, z.array(stopStringSchema).max(bounds.stopStrings)]).nullish(),
}
