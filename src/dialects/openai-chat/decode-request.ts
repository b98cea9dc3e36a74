import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type {
  AssistantMessage,
  ChatMessage,
  ChatRequest,
  ContentPart,
  FunctionTool,
  ResponseFormat,
  ToolCall,
  ToolChoice,
} from '../../chat/chat-request.ts'
import { describeMismatch, invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import { isJsonObject } from '../../wire/is-json-object.ts'
import { decodeAudio } from '../audio-rules.ts'
import type { Decoded } from '../dialect.ts'
import { decodeImage } from '../image-rules.ts'
import { checkMediaCounts } from '../media-counts.ts'
import { fillMaxTokens, fillSampling } from '../sampling.ts'
import { checkReplySchema, checkToolSchema } from '../schema-rules.ts'
import { type WireMessage, type WireRequest, wireRequestSchema } from './wire-request.ts'

/** What the encoders need of the request. */
export interface ChatEcho {
  /** True where the caller asked for usage at the end of the stream; whole replies always have it. */
  readonly includeUsage: boolean
  readonly includeReasoning: boolean
  /** A named tool choice ends with `stop`, not with `tool_calls`. */
  readonly namedToolChoice: boolean
}

export function decodeRequest(body: unknown, policy: ChatPolicy): Decoded<ChatEcho> {
  const parsed = wireRequestSchema.safeParse(body)
  if (!parsed.success) throw describeMismatch(parsed.error, body)
  if (typeof body === 'object' && body !== null) refuseFields(body)
  const wire = parsed.data
  checkCombinations(wire, policy)
  const choice = decodeToolChoice(wire)
  return {
    request: {
      messages: decodeMessages(wire.messages, policy),
      max_completion_tokens: fillMaxTokens(wire.max_completion_tokens ?? wire.max_tokens, policy),
      ...fillSampling(wire, policy),
      ...decodeSampling(wire),
      ...decodeTools(wire, choice),
      response_format: decodeResponseFormat(wire),
      chat_template_kwargs: { enable_thinking: wantsThinking(wire) ?? policy.defaults.enable_thinking },
    },
    streamed: wire.stream === true,
    echo: {
      includeUsage: wire.stream_options?.include_usage === true,
      includeReasoning: wire.include_reasoning !== false,
      namedToolChoice: typeof choice === 'object',
    },
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
  if (hasTools(wire) && wire.tool_choice !== 'none' && wantsFormat(wire)) {
    const message = '`response_format` cannot be enforced together with `tools`; send one of them.'
    throw new GatewayError('unsupported-field', message, { field: 'response_format' })
  }
}

function hasTools({ tools }: WireRequest): boolean {
  return tools != null && tools.length > 0
}

function wantsFormat({ response_format: format }: WireRequest): boolean {
  return format != null && format.type !== 'text'
}

function decodeSampling(wire: WireRequest): Partial<ChatRequest> {
  return {
    min_p: wire.min_p ?? undefined,
    presence_penalty: wire.presence_penalty ?? undefined,
    frequency_penalty: wire.frequency_penalty ?? undefined,
    repetition_penalty: wire.repetition_penalty ?? undefined,
    n: wire.n ?? undefined,
    seed: wire.seed ?? undefined,
    stop: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? undefined),
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

function decodeToolChoice({ tool_choice: choice }: WireRequest): ToolChoice {
  if (choice == null || typeof choice === 'string') return choice ?? 'auto'
  return choice.type === 'function' ? choice : choice.allowed_tools.mode
}

function decodeTools(wire: WireRequest, choice: ToolChoice): Partial<ChatRequest> {
  if (!hasTools(wire)) {
    if (choice === 'auto' || choice === 'none') return {}
    throw invalidField('tool_choice', 'a choice of tools without `tools`', '"auto" or "none"')
  }
  const tools = allowedTools(wire).map(decodeTool)
  // They may not be called then, and vLLM cannot hold to a schema where there are tools.
  if (wantsFormat(wire)) return {}
  return { tools, tool_choice: choice, parallel_tool_calls: wire.parallel_tool_calls ?? undefined }
}

type WireTool = NonNullable<WireRequest['tools']>[number]

/** The tools that the choice leaves, each with its place in the caller's list. Naming a tool that is not there is an error. */
function allowedTools({ tools, tool_choice: choice }: WireRequest): { tool: WireTool; index: number }[] {
  const all = (tools ?? []).map((tool, index) => ({ tool, index }))
  if (choice == null || typeof choice === 'string') return all
  const named = choice.type === 'function' ? [choice] : choice.allowed_tools.tools
  const names = new Set(named.map(({ function: { name } }) => name))
  const allowed = all.filter(({ tool }) => names.has(tool.function.name))
  if (allowed.length === 0) throw invalidField('tool_choice', 'a tool that is not in `tools`', 'one of `tools`')
  return allowed
}

function decodeTool({ tool: { function: wire }, index }: { tool: WireTool; index: number }): FunctionTool {
  if (wire.parameters != null) checkToolSchema(wire.parameters, `tools[${index}].function.parameters`)
  return {
    type: 'function',
    function: {
      name: wire.name,
      description: wire.description ?? undefined,
      parameters: wire.parameters ?? undefined,
      strict: wire.strict ?? undefined,
    },
  }
}

function decodeResponseFormat({ response_format: format }: WireRequest): ResponseFormat | undefined {
  if (format == null || format.type === 'text') return undefined
  if (format.type === 'json_object') return format
  const { name, description, schema, strict } = format.json_schema
  checkReplySchema(schema, 'response_format.json_schema.schema')
  const described = { name, description: description ?? undefined, schema, strict: strict ?? undefined }
  return { type: 'json_schema', json_schema: described }
}

function decodeMessages(messages: readonly WireMessage[], policy: ChatPolicy): ChatMessage[] {
  const decoded = messages.map((message, index) => decodeMessage(message, `messages[${index}]`, policy))
  checkMediaCounts(decoded, 'messages', policy)
  return decoded
}

function decodeMessage(message: WireMessage, path: string, policy: ChatPolicy): ChatMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: joinText(message.content) }
    case 'user':
      return { role: 'user', content: decodeContent(message.content, path, policy) }
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: message.tool_call_id,
        content: decodeContent(message.content, path, policy),
      }
    case 'assistant':
      return decodeAssistant(message, path)
    default:
      return message satisfies never
  }
}

type WireContent = Extract<WireMessage, { role: 'user' }>['content']
type WireAssistant = Extract<WireMessage, { role: 'assistant' }>

function decodeContent(content: WireContent, path: string, policy: ChatPolicy): string | ContentPart[] {
  if (typeof content === 'string') return content
  return content.map((part, index) => decodePart(part, `${path}.content[${index}]`, policy))
}

function decodePart(part: Exclude<WireContent, string>[number], path: string, policy: ChatPolicy): ContentPart {
  switch (part.type) {
    case 'text':
      return part
    case 'image_url':
      return decodeImage(part.image_url.url, `${path}.image_url.url`, policy)
    case 'input_audio':
      return decodeAudio({ base64: part.input_audio.data, field: `${path}.input_audio.data` }, policy)
    default:
      return part satisfies never
  }
}

function joinText(content: string | readonly ({ text: string } | { refusal: string })[]): string {
  if (typeof content === 'string') return content
  return content.map((part) => ('text' in part ? part.text : part.refusal)).join('\n')
}

function decodeAssistant(message: WireAssistant, path: string): AssistantMessage {
  const calls = message.tool_calls?.map((call, index) => decodeCall(call, `${path}.tool_calls[${index}]`))
  const hasCalls = calls !== undefined && calls.length > 0
  const content = message.content == null ? (message.refusal ?? null) : joinText(message.content)
  if (content === null && !hasCalls) {
    throw invalidField(`${path}.content`, 'nothing', 'a string or a list, because there are no tool calls')
  }
  const reasoning = message.reasoning_content ?? message.reasoning ?? message.thinking ?? undefined
  return { role: 'assistant', content, reasoning, tool_calls: hasCalls ? calls : undefined }
}

/** vLLM refuses a history whose arguments are not an object's JSON; clients send an empty string for none. */
function decodeCall(call: NonNullable<WireAssistant['tool_calls']>[number], path: string): ToolCall {
  const json = call.function.arguments.trim() === '' ? '{}' : call.function.arguments
  if (!isJsonObject(json)) throw invalidField(`${path}.function.arguments`, 'other text', 'the JSON text of an object')
  return { id: call.id, type: 'function', function: { name: call.function.name, arguments: json } }
}
