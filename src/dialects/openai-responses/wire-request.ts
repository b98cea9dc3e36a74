import * as z from 'zod'
import { bounds, maxTokensSchema, toolNameSchema } from '../../chat/bounds.ts'
import { samplingShape } from '../sampling-shape.ts'
import { callerToolNameSchema, jsonObjectSchema } from '../wire-values.ts'
import { inputItemSchema } from './wire-items.ts'

/**
 * A Responses request after `normaliseRequest`. Fields that are not named here are dropped; those that ask for what the
 * gateway cannot do are refused by `refuse-fields`.
 */

const functionTool = z.object({
  type: z.literal('function'),
  name: callerToolNameSchema,
  description: z.string().nullish(),
  parameters: jsonObjectSchema.nullish(),
  strict: z.boolean().nullish(),
})

const customTool = z.object({
  type: z.literal('custom'),
  name: callerToolNameSchema,
  description: z.string().nullish(),
  format: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('text') }),
      z.object({
        type: z.literal('grammar'),
        syntax: z.enum(['lark', 'regex']),
        definition: z.string().max(bounds.schemaLength),
      }),
    ])
    .nullish(),
})

/** A tool that only its maker's servers can run. */
const hostedTool = z.object({ type: z.literal('hosted'), hosted: z.string() })

const namespaceTool = z.object({
  type: z.literal('namespace'),
  name: callerToolNameSchema,
  description: z.string().nullish(),
  tools: z.array(z.discriminatedUnion('type', [functionTool, customTool, hostedTool])).max(bounds.tools),
})

const toolSchema = z.discriminatedUnion('type', [functionTool, customTool, namespaceTool, hostedTool])

const namedTool = { name: callerToolNameSchema, namespace: z.string().max(256).nullish() }
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    z.object({ type: z.enum(['function', 'custom']), ...namedTool }),
    z.object({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z
        .array(z.object({ ...namedTool, name: callerToolNameSchema.optional() }))
        .min(1)
        .max(bounds.tools),
    }),
  ]),
])

const textFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name: toolNameSchema,
    description: z.string().nullish(),
    schema: jsonObjectSchema,
    strict: z.boolean().nullish(),
  }),
])

const summary = z.enum(['auto', 'concise', 'detailed', 'none']).nullish()

const pairsMax = 16

/** Their number comes first: each pair of a record is looked at, also after one that does not fit. */
const metadata = z
  .custom<object>((value) => Object.keys(Object(value)).length <= pairsMax, { error: `at most ${pairsMax} pairs` })
  .pipe(z.record(z.string().max(64), z.string().max(512)))

export const wireRequestSchema = z.object({
  model: z.string().max(256).nullish(),
  input: z.array(inputItemSchema).max(bounds.messages).nullish(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: maxTokensSchema.nullish(),
  max_tool_calls: z.int().nullish(),
  ...samplingShape,
  top_logprobs: z.int().min(0).max(bounds.topLogprobs).nullish(),
  include: z.array(z.string().max(64)).max(16).nullish(),
  tools: z.array(toolSchema).max(bounds.tools).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.object({ format: textFormat.nullish() }).nullish(),
  reasoning: z
    .object({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary,
      generate_summary: summary,
    })
    .nullish(),
  metadata: metadata.nullish(),
  prompt_cache_key: z.string().max(512).nullish(),
  safety_identifier: z.string().max(512).nullish(),
  user: z.string().max(512).nullish(),
})

export type WireRequest = z.infer<typeof wireRequestSchema>
export type WireTool = z.infer<typeof toolSchema>
export type WireToolChoice = z.infer<typeof toolChoice>
export type WireFunctionTool = z.infer<typeof functionTool>
export type WireCustomTool = z.infer<typeof customTool>
