import type { ChatRequest, FunctionTool, ToolChoice } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { customFunction } from '../custom-tools.ts'
import { checkToolSchema } from '../schema-rules.ts'
import type { WireRequest } from './wire-request.ts'
import type { WireFunction, WireNamedTool, WireTool } from './wire-tools.ts'

export interface DecodedTools {
  /** What the model is shown. */
  readonly fields: Pick<ChatRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>
  readonly echo: ToolsEcho
}

/** How calls are told: whichever form a tool came in, its call goes back in that. */
export interface ToolsEcho {
  /** A named choice ends with `stop`, not with `tool_calls`. */
  readonly namedToolChoice: boolean
  /** Names of the tools that take free text. */
  readonly customTools: ReadonlySet<string>
  /** True where the tools came as `functions`: their one call is a `function_call`. */
  readonly asFunctions: boolean
}

export function decodeTools(wire: WireRequest): DecodedTools {
  const functions = (wire.functions ?? []).map(decodeFunction)
  const asFunctions = functions.length > 0
  if (asFunctions && (wire.tools ?? []).length > 0)
    throw invalidField('functions', 'them beside `tools`', 'one of both')
  const choice = choiceOf(wire)
  const tools = allowed(asFunctions ? functions : (wire.tools ?? []).map(decodeTool), choice)
  if (tools.length === 0) return { fields: {}, echo: noTools }
  return {
    fields: {
      tools,
      tool_choice: choice.mode,
      parallel_tool_calls: asFunctions ? false : (wire.parallel_tool_calls ?? undefined),
    },
    echo: { namedToolChoice: typeof choice.mode === 'object', customTools: customNames(wire), asFunctions },
  }
}

const noTools: ToolsEcho = { namedToolChoice: false, customTools: new Set(), asFunctions: false }

interface Choice {
  readonly mode: ToolChoice
  /** The tools that it leaves; undefined where it leaves all. */
  readonly names: ReadonlySet<string> | undefined
  /** Where it stands in the body. */
  readonly field: 'tool_choice' | 'function_call'
}

function choiceOf({ tool_choice: choice, function_call: call }: WireRequest): Choice {
  const field = choice == null && call != null ? 'function_call' : 'tool_choice'
  const wire = choice ?? (typeof call === 'object' && call !== null ? named(call) : call) ?? 'auto'
  if (typeof wire === 'string') return { mode: wire, names: undefined, field }
  if (wire.type === 'allowed_tools') {
    const { mode, tools } = wire.allowed_tools
    return { mode, names: new Set(tools.map(nameOf)), field }
  }
  const name = nameOf(wire)
  return { mode: { type: 'function', function: { name } }, names: new Set([name]), field }
}

function named({ name }: { readonly name: string }): WireNamedTool {
  return { type: 'function', function: { name } }
}

function nameOf(tool: WireNamedTool): string {
  return tool.type === 'custom' ? tool.custom.name : tool.function.name
}

/** The tools that the choice leaves. Naming one that is not there is an error, as is asking for a call without any. */
function allowed(offered: readonly FunctionTool[], { mode, names, field }: Choice): readonly FunctionTool[] {
  if (offered.length === 0) {
    if (mode === 'auto' || mode === 'none') return []
    throw invalidField(field, 'a choice of tools without `tools`', '"auto" or "none"')
  }
  const left = names === undefined ? offered : offered.filter((tool) => names.has(tool.function.name))
  if (left.length > 0) return left
  const list = field === 'tool_choice' ? 'tools' : 'functions'
  throw invalidField(field, `a tool that is not in \`${list}\``, `one of \`${list}\``)
}

function decodeTool(tool: WireTool, index: number): FunctionTool {
  if (tool.type === 'function') return functionOf(tool.function, `tools[${index}].function`)
  const { name, description, format } = tool.custom
  return customFunction({ name, description, grammar: format?.type === 'grammar' ? format.grammar : undefined })
}

function decodeFunction(wire: WireFunction, index: number): FunctionTool {
  return functionOf(wire, `functions[${index}]`)
}

function functionOf(
  wire: WireFunction & { readonly strict?: boolean | null | undefined },
  field: string,
): FunctionTool {
  if (wire.parameters != null) checkToolSchema(wire.parameters, `${field}.parameters`)
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

function customNames({ tools }: WireRequest): ReadonlySet<string> {
  return new Set(tools?.flatMap((tool) => (tool.type === 'custom' ? [tool.custom.name] : [])))
}
