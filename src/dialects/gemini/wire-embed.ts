import * as z from 'zod'
import { bounds } from '../../chat/bounds.ts'
import { wordSchema } from '../wire-values.ts'

/** EmbedContentRequest and BatchEmbedContentsRequest after `normaliseRequest`. Fields that are not named here are dropped. */

/** A model has no more numbers in a vector. */
const dimensionsMax = 65_536

const taskTypes = [
  'TASK_TYPE_UNSPECIFIED',
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
] as const

/** Loose, so that a part of another kind is named. */
const part = z.looseObject({ text: z.string().optional() })
const content = z.object({ parts: z.array(part).min(1).max(bounds.partsPerMessage) })
const taskType = z.enum(taskTypes)

const terms = z.object({
  taskType: taskType.optional(),
  title: wordSchema(1024).optional(),
  outputDimensionality: z.int().min(1).max(dimensionsMax).optional(),
  autoTruncate: z.boolean().optional(),
})

/** Some clients put the terms beside the content, some below it. */
export const wireEmbedSchema = terms.extend({ content, embedContentConfig: terms.optional() })

/** The bound of the requests is the service's. */
export const wireBatchSchema = z.object({ requests: z.array(z.unknown()).min(1) })

export type WireEmbed = z.infer<typeof wireEmbedSchema>
export type TaskType = (typeof taskTypes)[number]
