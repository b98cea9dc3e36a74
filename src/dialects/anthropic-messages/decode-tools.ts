import { bounds } from '../../chat/bounds.ts'
import type { ChatRequest, FunctionTool, ToolChoice } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { checkToolSchema } from '../schema-rules.ts'
import type { ToolNames } from '../tool-names.ts'
import { toolChangesIn } from './tool-changes.ts'
import type { WireFunctionTool, WireRequest, WireTool, WireToolChoice } from './wire-request.ts'

/** The tools that the model is shown, and how it may choose; neither where none are left. */
export function decodeTools(wire: WireRequest, toolNames: ToolNames): Partial<ChatRequest> {
  const { tools: sent, tool_choice: choice } = wire
  checkChoice(choice, sent ?? [])
  const tools = shownTools(wire).map((shown) => decodeTool(shown, toolNames))
  if (tools.length > bounds.tools) throw invalidField('tools', `${tools.length} tools`, `at most ${bounds.tools}`)
  // A forced call as well: Claude Code asks for a search in this way, and is answered without one.
  if (tools.length === 0) return {}
  const decoded = decodeChoice(choice, tools, toolNames)
  return { tools: choosable(tools, decoded), tool_choice: decoded, ...decodeParallel(choice) }
}

interface ShownTool {
  readonly tool: WireFunctionTool
  readonly field: string
}

/**
 * A tool whose loading is deferred is shown only once the conversation has made it available: until then its description
 * would be read, and paid for, with every request.
 */
function shownTools({ tools, messages, tool_choice: choice }: WireRequest): ShownTool[] {
  const changes = toolChangesIn(messages)
  const named = choice?.type === 'tool' ? choice.name : undefined
  return (tools ?? []).flatMap((tool, index): ShownTool[] => {
    if (tool.input_schema === undefined) return []
    const isShown = changes.get(tool.name) ?? (tool.defer_loading !== true || tool.name === named)
    return isShown ? [{ tool, field: `tools[${index}]` }] : []
  })
}

function decodeTool({ tool, field }: ShownTool, toolNames: ToolNames): FunctionTool {
  const { name, description, input_schema: parameters, strict } = tool
  checkToolSchema(parameters, `${field}.input_schema`)
  return {
    type: 'function',
    function: {
      name: toolNames.toModel(name),
      description: description ?? '',
      parameters,
      strict: strict ?? undefined,
    },
  }
}

/** A call cannot be had of a tool that was never sent. */
function checkChoice(choice: WireRequest['tool_choice'], sent: readonly WireTool[]): void {
  if (choice?.type === 'any' && sent.length === 0) {
    throw invalidField('tool_choice.type', 'a call that is wanted without `tools`', '"auto" or "none"')
  }
  if (choice?.type === 'tool' && !sent.some(({ name }) => name === choice.name)) {
    throw invalidField('tool_choice.name', 'a tool that is not in `tools`', 'one of `tools`')
  }
}

function decodeChoice(
  choice: WireToolChoice | null | undefined,
  shown: readonly FunctionTool[],
  toolNames: ToolNames,
): ToolChoice {
  if (choice?.type !== 'tool') return choices[choice?.type ?? 'auto']
  const name = toolNames.toModel(choice.name)
  // One of Anthropic's own, which are left out.
  if (!shown.some((tool) => tool.function.name === name)) return 'auto'
  return { type: 'function', function: { name } }
}

/** A tool that has to be called is shown alone, because Gemma is not held to it otherwise. */
function choosable(tools: readonly FunctionTool[], choice: ToolChoice): readonly FunctionTool[] {
  if (typeof choice === 'string') return tools
  return tools.filter((tool) => tool.function.name === choice.function.name)
}

const choices = { auto: 'auto', any: 'required', none: 'none' } as const

function decodeParallel(choice: WireRequest['tool_choice']): Partial<ChatRequest> {
  if (choice == null || choice.type === 'none' || choice.disable_parallel_tool_use !== true) return {}
  return { parallel_tool_calls: false }
}
