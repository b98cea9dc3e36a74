import { bounds } from '../../chat/bounds.ts'
import type { ChatRequest, FunctionTool, ToolChoice } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import type { GatewayError } from '../../chat/gateway-error.ts'
import { customFunction } from '../custom-tools.ts'
import { checkToolSchema } from '../schema-rules.ts'
import { createToolBook, type ToolBook, type WritableToolBook } from './tool-book.ts'
import type { WireCustomTool, WireFunctionTool, WireRequest, WireTool, WireToolChoice } from './wire-request.ts'

export interface DecodedTools {
  readonly book: ToolBook
  /** What the model is shown. */
  readonly fields: Partial<ChatRequest>
  /** The tools as the caller sent them, without those that were left out. */
  readonly kept: readonly WireTool[]
  /** Types of tools that only their maker's servers can run. */
  readonly dropped: readonly string[]
}

type Callable = WireFunctionTool | WireCustomTool

/** A function or custom tool, out of its namespace. */
interface FlatTool {
  readonly tool: Callable
  readonly namespace: string | undefined
  readonly field: string
}

export function decodeTools(wire: WireRequest): DecodedTools {
  const tools = wire.tools ?? []
  const flat = tools.flatMap((tool, index) => flatten(tool, `tools[${index}]`))
  if (flat.length > bounds.tools) throw invalidField('tools', `${flat.length} tools`, `at most ${bounds.tools}`)
  const book = createToolBook()
  const named = flat.map((entry) => ({ ...entry, modelName: addTo(book, entry) }))
  const dropped = tools.flatMap((tool) => (tool.type === 'namespace' ? tool.tools : [tool])).flatMap(hostedName)
  const { allowed, choice } = decodeChoice(wire.tool_choice ?? 'auto', named, book)
  // Where it is of what was left out, it goes as that goes.
  if (choice === 'required' && allowed.length + dropped.length === 0) throw nothingToCall(tools)
  const shown = allowed.map(decodeTool)
  const fields =
    shown.length === 0
      ? {}
      : { tools: shown, tool_choice: choice, parallel_tool_calls: wire.parallel_tool_calls ?? undefined }
  return { book, fields, kept: tools.flatMap(keptTool), dropped }
}

function flatten(tool: WireTool, field: string): FlatTool[] {
  if (tool.type === 'hosted') return []
  if (tool.type !== 'namespace') return [{ tool, namespace: undefined, field }]
  return tool.tools.flatMap((inner, index) =>
    inner.type === 'hosted' ? [] : [{ tool: inner, namespace: tool.name, field: `${field}.tools[${index}]` }],
  )
}

/** Also a namespace without what was left out of it. */
function keptTool(tool: WireTool): WireTool[] {
  if (tool.type === 'hosted') return []
  if (tool.type !== 'namespace') return [tool]
  return [{ ...tool, tools: tool.tools.filter(({ type }) => type !== 'hosted') }]
}

function hostedName(tool: WireTool): string[] {
  return tool.type === 'hosted' ? [tool.hosted] : []
}

function addTo(book: WritableToolBook, { tool, namespace }: FlatTool): string {
  return book.add({ name: tool.name, namespace, isCustom: tool.type === 'custom' })
}

interface NamedTool extends FlatTool {
  readonly modelName: string
}

interface DecodedChoice {
  readonly allowed: readonly NamedTool[]
  readonly choice: ToolChoice
}

function decodeChoice(wire: WireToolChoice, tools: readonly NamedTool[], book: ToolBook): DecodedChoice {
  if (typeof wire === 'string') return { allowed: tools, choice: wire }
  if (wire.type === 'allowed_tools') {
    const names = new Set(wire.tools.map(({ name, namespace }) => modelNameOf(book, name, namespace)))
    const allowed = tools.filter(({ modelName }) => names.has(modelName))
    return { allowed, choice: wire.mode }
  }
  const name = modelNameOf(book, wire.name, wire.namespace)
  const allowed = tools.filter(({ modelName }) => modelName === name)
  if (allowed.length === 0) throw unknownTool()
  return { allowed, choice: { type: 'function', function: { name } } }
}

function modelNameOf(book: ToolBook, name: string | undefined, namespace: string | null | undefined): string {
  return name === undefined ? '' : book.toModel(name, namespace ?? undefined)
}

function nothingToCall(tools: readonly WireTool[]): GatewayError {
  if (tools.length > 0) return unknownTool()
  return invalidField('tool_choice', 'a call that is required without `tools`', '"auto" or "none"')
}

function unknownTool(): GatewayError {
  return invalidField('tool_choice', 'a tool that is not in `tools`', 'one of `tools`')
}

function decodeTool({ tool, field, modelName: name }: NamedTool): FunctionTool {
  if (tool.type === 'custom') {
    const { description, format } = tool
    return customFunction({ name, description, grammar: format?.type === 'grammar' ? format : undefined })
  }
  if (tool.parameters != null) checkToolSchema(tool.parameters, `${field}.parameters`)
  return {
    type: 'function',
    function: {
      name,
      description: tool.description ?? undefined,
      parameters: tool.parameters ?? undefined,
      strict: tool.strict ?? undefined,
    },
  }
}
