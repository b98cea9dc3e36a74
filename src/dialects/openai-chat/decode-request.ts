import type { KeyDefaults, ReasoningFields } from '../../chat/caller.ts'
import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { ChatRequest, ResponseFormat } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import type { Decoded } from '../dialect.ts'
import { parseWire } from '../parse-wire.ts'
import { fillMaxTokens, fillSampling, passSampling } from '../sampling.ts'
import { checkReplySchema } from '../schema-rules.ts'
import { decodeMessages } from './decode-messages.ts'
import { decodeTools, type ToolsEcho } from './decode-tools.ts'
import { refuseFields } from './refuse-fields.ts'
import { type WireRequest, wireRequestSchema } from './wire-request.ts'

/** What the encoders need of the request. */
export interface ChatEcho extends ToolsEcho {
  /** True where the caller asked for usage at the end of the stream; whole replies always have it. */
  readonly includeUsage: boolean
  /** Under which names thinking is told. */
  readonly reasoningFields: ReasoningFields
}

export function decodeRequest(
  body: unknown,
  policy: ChatPolicy,
  { reasoningFields }: KeyDefaults = {},
): Decoded<ChatEcho> {
  const wire = parseWire(wireRequestSchema, body)
  if (typeof body === 'object' && body !== null) refuseFields(body)
  checkCombinations(wire, policy)
  const tools = decodeTools(wire)
  return {
    request: {
      messages: decodeMessages(wire.messages, policy),
      max_completion_tokens: fillMaxTokens(wire.max_completion_tokens ?? wire.max_tokens, policy),
      ...fillSampling(wire, policy),
      ...decodeSampling(wire),
      ...tools.fields,
      response_format: decodeResponseFormat(wire),
      chat_template_kwargs: { enable_thinking: wantsThinking(wire) ?? policy.defaults.enable_thinking },
    },
    streamed: wire.stream === true,
    echo: {
      includeUsage: wire.stream_options?.include_usage === true,
      reasoningFields: wire.include_reasoning === false ? 'none' : (reasoningFields ?? 'both'),
      ...tools.echo,
    },
    ...(wire.web_search_options == null ? undefined : { headers: { 'x-gateway-dropped-tools': 'web_search' } }),
  }
}

/** Below this temperature vLLM always takes the likeliest token, and then refuses several choices. */
const greedyBelow = 1e-5

function checkCombinations(wire: WireRequest, { maxChoices, defaults }: ChatPolicy): void {
  const choices = wire.n ?? 1
  if (choices > maxChoices) throw invalidField('n', String(choices), `at most ${maxChoices}`)
  if (choices > 1 && (wire.temperature ?? defaults.temperature) < greedyBelow) {
    throw invalidField('n', `${choices} with temperature 0`, '1, because all would be the same')
  }
  if (wire.top_logprobs != null && wire.top_logprobs > 0 && wire.logprobs !== true) {
    throw invalidField('top_logprobs', String(wire.top_logprobs), 'it only together with `logprobs: true`')
  }
}

function decodeSampling(wire: WireRequest): Partial<ChatRequest> {
  return {
    ...passSampling(wire),
    n: wire.n ?? undefined,
    logprobs: wire.logprobs === true ? true : undefined,
    top_logprobs: wire.logprobs === true ? (wire.top_logprobs ?? undefined) : undefined,
  }
}

/** The most particular word wins: the template's own switch, ours, an effort, a thinking object. */
function wantsThinking(wire: WireRequest): boolean | undefined {
  const explicit = wire.chat_template_kwargs?.enable_thinking ?? wire.enable_thinking
  if (explicit != null) return explicit
  if (wire.reasoning_effort != null) return wire.reasoning_effort !== 'none' && wire.reasoning_effort !== 'minimal'
  return wire.thinking == null ? undefined : wire.thinking.type !== 'disabled'
}

function decodeResponseFormat({ response_format: format }: WireRequest): ResponseFormat | undefined {
  if (format == null || format.type === 'text') return undefined
  if (format.type === 'json_object') return format
  const { name, description, schema, strict } = format.json_schema
  checkReplySchema(schema, 'response_format.json_schema.schema')
  const described = { name, description: description ?? undefined, schema, strict: strict ?? undefined }
  return { type: 'json_schema', json_schema: described }
}
