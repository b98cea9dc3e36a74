import type { ChatMessage, ChatRequest, ResponseFormat } from '../../chat/chat-request.ts'
import { describeFound, invalidField } from '../../chat/describe-mismatch.ts'
import type { DecodeContext, Decoded } from '../dialect.ts'
import { checkMediaCounts } from '../media-counts.ts'
import { parseWire } from '../parse-wire.ts'
import { fillMaxTokens, fillSampling, passSampling } from '../sampling.ts'
import { checkReplySchema } from '../schema-rules.ts'
import { pairToolHistory } from '../tool-history.ts'
import { decodeItems } from './decode-items.ts'
import { type DecodedTools, decodeTools } from './decode-tools.ts'
import { droppedHeaders } from './dropped-headers.ts'
import { createEcho, type ResponsesEcho } from './echo.ts'
import { normaliseRequest } from './normalise-request.ts'
import { recallItems } from './recall-items.ts'
import { refuseFields } from './refuse-fields.ts'
import type { ResponseStore } from './response-store.ts'
import { type WireRequest, wireRequestSchema } from './wire-request.ts'

export interface DecodeParts {
  readonly store: ResponseStore | undefined
  createToken(): string
  /** Milliseconds since 1970. */
  now(): number
}

export async function decodeRequest(
  body: unknown,
  context: DecodeContext,
  { store, createToken, now }: DecodeParts,
): Promise<Decoded<ResponsesEcho>> {
  const wire = parse(body)
  const token = createToken()
  const { caller, seal, policy } = context
  const items = await recallItems(wire, token, { store, keyId: caller.keyId })
  const tools = decodeTools(wire)
  const open = (sealed: string) => seal.open(sealed, caller.keyId)
  const said = decodeItems(items, { policy, book: tools.book, open })
  const messages = pairToolHistory([...instructionsOf(wire), ...said])
  if (messages.length === 0) throw invalidField('input', foundIn(wire), 'a string or a list of items')
  checkMediaCounts(messages, 'input', policy)
  const request = buildRequest(wire, { messages, tools, context })
  const input = items.map(({ item }) => item)
  return {
    request,
    streamed: wire.stream === true,
    echo: createEcho({ wire, request, tools, input, token, createdAtMs: now(), storeIsOpen: store !== undefined }),
    headers: droppedHeaders(tools.dropped, wire.input ?? []),
  }
}

function parse(body: unknown): WireRequest {
  const normal = normaliseRequest(body)
  if (typeof normal === 'object' && normal !== null) refuseFields(normal)
  return parseWire(wireRequestSchema, normal)
}

function foundIn({ input }: WireRequest): string {
  if (input == null || input.length === 0) return describeFound(input)
  return input.every(({ type }) => type === 'other')
    ? 'only items of types that are not known here'
    : 'nothing that is said'
}

/** They hold for this answer alone: those of an earlier response are not inherited. */
function instructionsOf({ instructions }: WireRequest): ChatMessage[] {
  return instructions ? [{ role: 'system', content: instructions }] : []
}

interface BuildParts {
  readonly messages: readonly ChatMessage[]
  readonly tools: DecodedTools
  readonly context: DecodeContext
}

function buildRequest(wire: WireRequest, { messages, tools, context: { policy } }: BuildParts): ChatRequest {
  return {
    messages,
    max_completion_tokens: fillMaxTokens(wire.max_output_tokens, policy),
    ...fillSampling(wire, policy),
    ...decodeSampling(wire),
    ...tools.fields,
    response_format: decodeFormat(wire),
    chat_template_kwargs: { enable_thinking: wantsThinking(wire) ?? policy.defaults.enable_thinking },
  }
}

const logprobsIncluded = 'message.output_text.logprobs'

function decodeSampling(wire: WireRequest): Partial<ChatRequest> {
  const logprobs = wire.include?.includes(logprobsIncluded) === true || (wire.top_logprobs ?? 0) > 0
  return {
    ...passSampling(wire),
    logprobs: logprobs ? true : undefined,
    top_logprobs: logprobs ? (wire.top_logprobs ?? undefined) : undefined,
  }
}

function wantsThinking({ reasoning }: WireRequest): boolean | undefined {
  const effort = reasoning?.effort
  return effort == null ? undefined : effort !== 'none' && effort !== 'minimal'
}

function decodeFormat({ text }: WireRequest): ResponseFormat | undefined {
  const format = text?.format
  if (format == null || format.type === 'text') return undefined
  if (format.type === 'json_object') return format
  const { name, description, schema, strict } = format
  checkReplySchema(schema, 'text.format.schema')
  const described = { name, description: description ?? undefined, schema, strict: strict ?? undefined }
  return { type: 'json_schema', json_schema: described }
}
