import * as z from 'zod'
import {
  bounds,
  maxTokensSchema,
  stopStringSchema,
  temperatureSchema,
  topKSchema,
  topPSchema,
} from '../../chat/bounds.ts'
import { callerToolNameSchema, jsonObjectSchema } from '../wire-values.ts'
import { assistantContent, systemContent, userContent } from './wire-blocks.ts'

/** Anthropic Messages as clients send it. Fields that are not named here are dropped, those of `refused-fields` refused. */

/** Tools whose loading is deferred come along from the start; the model is shown few of them. */
const toolsSentMax = 2048

const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('user'), content: userContent }),
  z.object({ role: z.literal('assistant'), content: assistantContent }),
  z.object({ role: z.literal('system'), content: systemContent }),
])

const functionTool = z.object({
  type: z.string().nullish(),
  name: callerToolNameSchema,
  description: z.string().nullish(),
  input_schema: jsonObjectSchema,
  strict: z.boolean().nullish(),
  defer_loading: z.boolean().nullish(),
})

/** A tool without a schema, which Anthropic's servers or its models know by its type. */
const ownTool = z.object({
  type: z.string().refine((type) => type !== 'custom'),
  name: z.string().nullish(),
  input_schema: z.undefined().optional(),
})

const toolChoice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auto'), disable_parallel_tool_use: z.boolean().nullish() }),
  z.object({ type: z.literal('any'), disable_parallel_tool_use: z.boolean().nullish() }),
  z.object({ type: z.literal('tool'), name: callerToolNameSchema, disable_parallel_tool_use: z.boolean().nullish() }),
  z.object({ type: z.literal('none') }),
])

const outputFormat = z.object({ type: z.literal('json_schema'), schema: jsonObjectSchema })

export const wireRequestSchema = z.object({
  model: z.string().max(256).nullish(),
  messages: z.array(message).min(1).max(bounds.messages),
  system: systemContent.nullish(),
  max_tokens: maxTokensSchema.nullish(),
  temperature: temperatureSchema.nullish(),
  top_p: topPSchema.nullish(),
  top_k: topKSchema.nullish(),
  stop_sequences: z.array(stopStringSchema).max(bounds.stopStrings).nullish(),
  stream: z.boolean().nullish(),
  tools: z
    .array(z.union([functionTool, ownTool]))
    .max(toolsSentMax)
    .nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: z
    .object({
      type: z.enum(['enabled', 'adaptive', 'disabled', 'between_tools']),
      display: z.string().nullish(),
    })
    .nullish(),
  output_config: z.object({ format: outputFormat.nullish() }).nullish(),
  output_format: outputFormat.nullish(),
})

export type WireRequest = z.infer<typeof wireRequestSchema>
export type WireMessage = WireRequest['messages'][number]
export type WireTool = NonNullable<WireRequest['tools']>[number]
export type WireFunctionTool = z.infer<typeof functionTool>
export type WireToolChoice = z.infer<typeof toolChoice>
