import type { ChatRequest } from '../../chat/chat-request.ts'
import { refuseFields } from '../../chat/refused-fields.ts'
import type { Asked, DecodeContext, Decoded } from '../dialect.ts'
import { checkMediaCounts } from '../media-counts.ts'
import { parseWire } from '../parse-wire.ts'
import { createToolNames, type ToolNames } from '../tool-names.ts'
import { decodeConfig } from './decode-config.ts'
import { decodeMessages } from './decode-contents.ts'
import type { GeminiContext } from './decode-context.ts'
import { decodeTools, droppedTools } from './decode-tools.ts'
import { normaliseRequest } from './normalise-request.ts'
import { methodOf } from './read-path.ts'
import { refuseUnsupported } from './refuse-unsupported.ts'
import { type WireRequest, wireRequestSchema, wrappedRequestSchema } from './wire-request.ts'

/** What the encoders need of the request. */
export interface GeminiEcho {
  readonly includeThoughts: boolean
  /** The model says a JSON string where the caller wants the word in it. */
  readonly unwrapsEnum: boolean
  /** Reasoning is worth keeping where it goes on after a call. */
  readonly sealsReasoning: boolean
  readonly toolNames: ToolNames
  readonly stream: StreamForm
}

export interface StreamForm {
  readonly framing: 'sse' | 'json-array'
  readonly endsWithDone: boolean
  readonly breaksOffOnFailure: boolean
}

export function decodeRequest(asked: Asked, context: DecodeContext): Decoded<GeminiEcho> {
  const { wire, request, toolNames } = decodeBody(asked.body, context, false)
  const { generationConfig: config } = wire
  return {
    request,
    streamed: methodOf(asked) === 'streamGenerateContent',
    echo: {
      includeThoughts: config?.thinkingConfig?.includeThoughts === true,
      unwrapsEnum: config?.responseMimeType === 'text/x.enum',
      sealsReasoning: request.tools !== undefined,
      toolNames,
      stream: streamForm(asked, context),
    },
    headers: droppedTools(wire),
  }
}

/** A prompt to count stands by itself or, with all that belongs to it, in a request to generate. */
export function decodeCount({ body }: Asked, context: DecodeContext): ChatRequest {
  const wraps =
    typeof body === 'object' &&
    body !== null &&
    ('generateContentRequest' in body || 'generate_content_request' in body)
  return decodeBody(body, context, wraps).request
}

const own = { format: '`generationConfig.responseJsonSchema`', tools: '`tools` and `toolConfig`' }

function decodeBody(body: unknown, context: DecodeContext, wraps: boolean) {
  const spelt = normaliseRequest(body)
  const at = wraps ? 'generateContentRequest.' : ''
  const wire = wraps
    ? parseWire(wrappedRequestSchema, spelt).generateContentRequest
    : parseWire(wireRequestSchema, spelt)
  if (typeof body === 'object' && body !== null) refuseFields(body, own)
  refuseUnsupported(spelt, at)
  const toolNames = createToolNames()
  return { wire, request: decodeWire(wire, { ...context, toolNames, at }), toolNames }
}

function decodeWire(wire: WireRequest, context: GeminiContext): ChatRequest {
  const messages = decodeMessages(wire, context)
  checkMediaCounts(messages, `${context.at}contents`, context.policy)
  const config = decodeConfig(wire.generationConfig ?? {}, context)
  const tools = decodeTools(wire, context)
  // They may not be called then, and vLLM cannot hold to a schema where there are tools.
  const showsTools = tools.tool_choice !== 'none' || config.response_format === undefined
  return { messages, ...config, ...(showsTools ? tools : {}) }
}

/**
 * With the switch on, streams end as gemma.cpp's do: its client asks for no form, gets server-sent events, and reads on
 * until `[DONE]`. Google's SDKs parse every event and would fail at it: they say who they are, and do not get it.
 */
function streamForm({ query, headers }: Asked, { policy }: DecodeContext): StreamForm {
  const client = String(headers['x-goog-api-client'] ?? '')
  const compatible = policy.geminiEndWithDone === true
  const framing = query['alt'] === 'sse' || query['$alt'] === 'sse' || compatible ? 'sse' : 'json-array'
  const endsWithDone = compatible && client === ''
  return { framing, endsWithDone, breaksOffOnFailure: overlooksErrors(client, headers['user-agent'] ?? '') }
}

/**
 * Google's older SDKs pass over an error in a stream and take what came before it for the whole answer, unless the
 * connection breaks. Gemini CLI, which has one of them inside, asks again after a clean end and dies of a broken one.
 */
function overlooksErrors(client: string, agent: string): boolean {
  return /(?:^|\s)(?:genai-js\/|google-genai-sdk\/1\.)/.test(client) && !agent.startsWith('GeminiCLI')
}
