import type { ChatRequest } from '../../chat/chat-request.ts'
import type { DecodedTools } from './decode-tools.ts'
import type { ToolBook } from './tool-book.ts'
import type { WireItem } from './wire-items.ts'
import type { WireRequest, WireTool } from './wire-request.ts'

/** What the encoders need of the request. */
export interface ResponsesEcho {
  /** Random; the response's id and those of its items are made of it. */
  readonly token: string
  /** Unix seconds. */
  readonly createdAt: number
  /** The fields of a response that only repeat what was asked. */
  readonly repeated: Readonly<Record<string, unknown>>
  readonly book: ToolBook
  /** Reasoning is told as a summary too, because most clients show nothing else. */
  readonly tellsSummary: boolean
  readonly sealsReasoning: boolean
  /** The whole conversation that is answered, where the answer is to be kept. */
  readonly kept: readonly WireItem[] | undefined
}

interface EchoParts {
  readonly wire: WireRequest
  readonly request: ChatRequest
  readonly tools: DecodedTools
  readonly input: readonly WireItem[]
  readonly token: string
  readonly createdAtMs: number
  readonly storeIsOpen: boolean
}

export function createEcho(parts: EchoParts): ResponsesEcho {
  const { wire, request, tools, input, token, createdAtMs } = parts
  const isKept = parts.storeIsOpen && wire.store !== false
  return {
    token,
    createdAt: Math.floor(createdAtMs / 1000),
    repeated: repeat(wire, request, { tools: tools.kept, store: isKept }),
    book: tools.book,
    tellsSummary: summaryOf(wire) !== null,
    sealsReasoning: wire.include?.includes('reasoning.encrypted_content') === true,
    kept: isKept ? input : undefined,
  }
}

function summaryOf({ reasoning }: WireRequest): string | null {
  const summary = reasoning?.summary ?? reasoning?.generate_summary ?? null
  return summary === 'none' ? null : summary
}

/** Told as they came, or null. */
const plainFields = [
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'previous_response_id',
  'prompt_cache_key',
  'safety_identifier',
  'user',
] as const satisfies readonly (keyof WireRequest)[]

/** Strict clients want every field to be there. */
function repeat(
  wire: WireRequest,
  request: ChatRequest,
  { tools, store }: { readonly tools: readonly WireTool[]; readonly store: boolean },
): Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries(plainFields.map((field) => [field, wire[field] ?? null])),
    metadata: wire.metadata ?? {},
    parallel_tool_calls: wire.parallel_tool_calls ?? true,
    reasoning: { effort: wire.reasoning?.effort ?? null, summary: summaryOf(wire) },
    service_tier: 'default',
    store,
    temperature: request.temperature,
    text: { format: wire.text?.format ?? { type: 'text' } },
    tool_choice: wire.tool_choice ?? 'auto',
    tools: tools.map(repeatTool),
    top_logprobs: wire.top_logprobs ?? 0,
    top_p: request.top_p,
    presence_penalty: wire.presence_penalty ?? 0,
    frequency_penalty: wire.frequency_penalty ?? 0,
    truncation: 'disabled',
  }
}

function repeatTool(tool: WireTool): object {
  if (tool.type !== 'function') return tool
  const { description = null, parameters = null, strict } = tool
  return { ...tool, description, parameters, strict: strict ?? false }
}
