import * as z from 'zod'
import { bounds, maxTokensSchema, toolNameSchema } from '../../chat/bounds.ts'
import { samplingShape } from '../sampling-shape.ts'
import { jsonObjectSchema } from '../wire-values.ts'
import { messageSchema } from './wire-messages.ts'
import { functionChoiceSchema, functionSchema, toolChoiceSchema, toolSchema } from './wire-tools.ts'

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: toolNameSchema,
      description: z.string().nullish(),
      schema: jsonObjectSchema,
      strict: z.boolean().nullish(),
    }),
  }),
])

/** Chat Completions as clients send it. Fields that are not named here are dropped, those of `refuse-fields` refused. */
export const wireRequestSchema = z.object({
  model: z.string().max(256).nullish(),
  messages: z.array(messageSchema).min(1).max(bounds.messages),
  max_tokens: maxTokensSchema.nullish(),
  max_completion_tokens: maxTokensSchema.nullish(),
  ...samplingShape,
  n: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(bounds.topLogprobs).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(toolSchema).max(bounds.tools).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.array(functionSchema).max(bounds.tools).nullish(),
  function_call: functionChoiceSchema.nullish(),
  response_format: responseFormat.nullish(),
  enable_thinking: z.boolean().nullish(),
  chat_template_kwargs: z.strictObject({ enable_thinking: z.boolean().nullish() }).nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  thinking: z.object({ type: z.enum(['enabled', 'adaptive', 'disabled']) }).nullish(),
  include_reasoning: z.boolean().nullish(),
  /** Nothing is searched; what it says is not looked at. */
  web_search_options: z.unknown().optional(),
})

export type WireRequest = z.infer<typeof wireRequestSchema>
