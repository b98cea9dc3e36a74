import * as z from 'zod'
import {
  bounds,
  maxTokensSchema,
  minPSchema,
  penaltySchema,
  repetitionPenaltySchema,
  seedSchema,
  stopStringSchema,
  temperatureSchema,
  toolNameSchema,
  topKSchema,
  topPSchema,
} from '../../chat/bounds.ts'
import type { JsonObject } from '../../chat/chat-request.ts'

/** Chat Completions as clients send it. Fields that are not named here are dropped, those of `refused-fields` refused. */

/** A JSON Schema: checked further where its own limits are known, and passed on as it stands. */
const jsonObject = z.custom<JsonObject>(isPlainObject, { error: 'an object' })

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const textPart = z.object({ type: z.literal('text'), text: z.string() })
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() })
const imagePart = z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) })
/** What format it is said to be counts for nothing: its bytes tell. */
const audioPart = z.object({ type: z.literal('input_audio'), input_audio: z.object({ data: z.string() }) })

const textContent = z.union([z.string(), z.array(textPart).max(bounds.partsPerMessage)])
const mediaContent = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, imagePart, audioPart])).max(bounds.partsPerMessage),
])
const assistantContent = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, refusalPart])).max(bounds.partsPerMessage),
])

const toolCall = z.object({
  id: z.string().min(1).max(256),
  type: z.literal('function').nullish(),
  function: z.object({ name: toolNameSchema, arguments: z.string() }),
})

const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: textContent }),
  z.object({ role: z.literal('developer'), content: textContent }),
  z.object({ role: z.literal('user'), content: mediaContent }),
  z.object({
    role: z.literal('assistant'),
    content: assistantContent.nullish(),
    refusal: z.string().nullish(),
    reasoning: z.string().nullish(),
    reasoning_content: z.string().nullish(),
    thinking: z.string().nullish(),
    tool_calls: z.array(toolCall).max(bounds.tools).nullish(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1).max(256), content: mediaContent }),
])

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: toolNameSchema,
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
})

const namedChoice = z.object({ type: z.literal('function'), function: z.object({ name: toolNameSchema }) })
const allowedTools = z.object({
  type: z.literal('allowed_tools'),
  allowed_tools: z.object({ mode: z.enum(['auto', 'required']), tools: z.array(namedChoice).min(1).max(bounds.tools) }),
})

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: toolNameSchema,
      description: z.string().nullish(),
      schema: jsonObject,
      strict: z.boolean().nullish(),
    }),
  }),
])

export const wireRequestSchema = z.compile(
  z.object({
    model: z.string().max(256).nullish(),
    messages: z.array(message).min(1).max(bounds.messages),
    max_tokens: maxTokensSchema.nullish(),
    max_completion_tokens: maxTokensSchema.nullish(),
    temperature: temperatureSchema.nullish(),
    top_p: topPSchema.nullish(),
    top_k: topKSchema.nullish(),
    min_p: minPSchema.nullish(),
    presence_penalty: penaltySchema.nullish(),
    frequency_penalty: penaltySchema.nullish(),
    repetition_penalty: repetitionPenaltySchema.nullish(),
    n: z.int().min(1).nullish(),
    seed: seedSchema.nullish(),
    stop: z.union([stopStringSchema, z.array(stopStringSchema).max(bounds.stopStrings)]).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(bounds.topLogprobs).nullish(),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
    tools: z.array(tool).max(bounds.tools).nullish(),
    tool_choice: z.union([z.enum(['none', 'auto', 'required']), namedChoice, allowedTools]).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormat.nullish(),
    enable_thinking: z.boolean().nullish(),
    chat_template_kwargs: z.strictObject({ enable_thinking: z.boolean().nullish() }).nullish(),
    reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
    thinking: z.object({ type: z.enum(['enabled', 'adaptive', 'disabled']) }).nullish(),
    include_reasoning: z.boolean().nullish(),
  }),
)

export type WireRequest = z.infer<typeof wireRequestSchema>
export type WireMessage = WireRequest['messages'][number]
