import type { ChatMessage, ChatRequest, ResponseFormat } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import type { DecodeContext, Decoded } from '../dialect.ts'
import { checkMediaCounts } from '../media-counts.ts'
import { parseWire } from '../parse-wire.ts'
import { fillMaxTokens, fillSampling } from '../sampling.ts'
import { checkReplySchema } from '../schema-rules.ts'
import { createToolNames, type ToolNames } from '../tool-names.ts'
import { decodeMessages } from './decode-messages.ts'
import { decodeTools } from './decode-tools.ts'
import { leftOutHeaders } from './left-out.ts'
import { type WireRequest, wireRequestSchema } from './wire-request.ts'

/** What the encoders need of the request. */
export interface MessagesEcho {
  readonly toolNames: ToolNames
  /** False where the caller wants thinking to be sealed into its signature only. */
  readonly showsThinking: boolean
  /** The tokens that were asked for; an answer that is cut earlier has filled the context window. */
  readonly maxTokens: number
}

export function decodeRequest(body: unknown, context: DecodeContext): Decoded<MessagesEcho> {
  const wire = parse(body)
  const toolNames = createToolNames()
  const request = buildRequest(wire, toolNames, context)
  const showsThinking = wire.thinking?.display !== 'omitted'
  return {
    request,
    streamed: wire.stream === true,
    echo: { toolNames, showsThinking, maxTokens: request.max_completion_tokens },
    headers: leftOutHeaders(wire),
  }
}

export function decodeCount(body: unknown, context: DecodeContext): ChatRequest {
  return buildRequest(parse(body), createToolNames(), context)
}

const own = { format: '`output_config.format`', tools: '`tools` and `tool_choice`' }

function parse(body: unknown): WireRequest {
  const wire = parseWire(wireRequestSchema, body)
  if (typeof body === 'object' && body !== null) refuseFields(body, own)
  return wire
}

function buildRequest(wire: WireRequest, toolNames: ToolNames, context: DecodeContext): ChatRequest {
  const { policy } = context
  const begun = beginAnswer(decodeMessages(wire, { ...context, toolNames }))
  if (begun.messages.length === 0) throw invalidField('messages', 'nothing that is said', 'a message with content')
  checkMediaCounts(begun.messages, 'messages', policy)
  const format = decodeFormat(wire)
  const tools = decodeTools(wire, toolNames)
  // They may not be called then, and vLLM cannot hold to a schema where there are tools.
  const showsTools = tools.tool_choice !== 'none' || format === undefined
  return {
    ...begun,
    max_completion_tokens: fillMaxTokens(wire.max_tokens, policy),
    ...fillSampling(wire, policy),
    stop: wire.stop_sequences?.length ? wire.stop_sequences : undefined,
    ...(showsTools ? tools : {}),
    response_format: format,
    // An answer that has begun is past its thinking.
    chat_template_kwargs: { enable_thinking: wantsThinking(wire) && begun.continue_final_message !== true },
  }
}

/** What the assistant said last is the beginning of its answer. Anthropic takes no white space at its end either. */
function beginAnswer(messages: readonly ChatMessage[]): Pick<ChatRequest, 'messages' | 'continue_final_message'> {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return { messages }
  const content = (last.content ?? '').trimEnd()
  const before = messages.slice(0, -1)
  return content === ''
    ? { messages: before }
    : { messages: [...before, { ...last, content }], continue_final_message: true }
}

/** Thinking has to be asked for: who does not name it does not expect its blocks. */
function wantsThinking({ thinking, messages }: WireRequest): boolean {
  switch (thinking?.type) {
    case 'enabled':
    case 'adaptive':
      return true
    case 'between_tools':
      return holdsResult(messages.at(-1))
    default:
      return false
  }
}

function holdsResult(message: WireRequest['messages'][number] | undefined): boolean {
  return typeof message?.content === 'object' && message.content.some(({ type }) => type === 'tool_result')
}

function decodeFormat({ output_config: config, output_format: older }: WireRequest): ResponseFormat | undefined {
  const format = config?.format ?? older
  if (format == null) return undefined
  checkReplySchema(format.schema, config?.format == null ? 'output_format.schema' : 'output_config.format.schema')
  return { type: 'json_schema', json_schema: { name: 'response', schema: format.schema, strict: true } }
}
