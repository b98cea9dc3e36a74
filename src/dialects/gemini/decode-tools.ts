import type { ChatRequest, FunctionTool } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { droppedHeader } from '../dropped-header.ts'
import { checkToolSchema } from '../schema-rules.ts'
import type { GeminiContext } from './decode-context.ts'
import { decodeSchema } from './decode-schema.ts'
import type { WireRequest } from './wire-request.ts'

type WireTools = NonNullable<WireRequest['tools']>
type WireDeclaration = NonNullable<WireTools[number]['functionDeclarations']>[number]

interface Declared {
  readonly declaration: WireDeclaration
  /** Its path in the caller's body. */
  readonly field: string
}

/** The functions of all entries together, as the mode allows them. */
export function decodeTools(wire: WireRequest, context: GeminiContext): Partial<ChatRequest> {
  const { mode = 'AUTO', allowedFunctionNames } = wire.toolConfig?.functionCallingConfig ?? {}
  const declared = declaredIn(wire.tools ?? [], context.at)
  const at = `${context.at}toolConfig.functionCallingConfig`
  if (declared.length === 0) {
    if (mode !== 'ANY') return {}
    throw invalidField(`${at}.mode`, 'ANY without functions', '`tools` with `functionDeclarations`')
  }
  const tools = allowed(declared, allowedFunctionNames, `${at}.allowedFunctionNames`)
  return { tools: tools.map((tool) => decodeTool(tool, context)), tool_choice: choices[mode] }
}

const choices = {
  MODE_UNSPECIFIED: 'auto',
  AUTO: 'auto',
  VALIDATED: 'auto',
  ANY: 'required',
  NONE: 'none',
} as const

function declaredIn(tools: WireTools, at: string): Declared[] {
  return tools.flatMap(({ functionDeclarations = [] }, tool) =>
    functionDeclarations.map((declaration, index) => {
      return { declaration, field: `${at}tools[${tool}].functionDeclarations[${index}]` }
    }),
  )
}

function allowed(
  declared: readonly Declared[],
  names: readonly string[] | undefined,
  field: string,
): readonly Declared[] {
  if (names === undefined || names.length === 0) return declared
  const known = new Set(declared.map(({ declaration }) => declaration.name))
  const unknown = names.findIndex((name) => !known.has(name))
  if (unknown !== -1) throw invalidField(`${field}[${unknown}]`, 'a function that is not in `tools`', 'one of `tools`')
  return declared.filter(({ declaration }) => names.includes(declaration.name))
}

function decodeTool({ declaration, field }: Declared, { toolNames }: GeminiContext): FunctionTool {
  const name = toolNames.toModel(declaration.name)
  return {
    type: 'function',
    function: { name, description: declaration.description, parameters: decodeParameters(declaration, field) },
  }
}

function decodeParameters({ parametersJsonSchema, parameters }: WireDeclaration, field: string) {
  const wire = parametersJsonSchema ?? parameters
  if (wire === undefined) return undefined
  checkToolSchema(wire, `${field}.${parametersJsonSchema === undefined ? 'parameters' : 'parametersJsonSchema'}`)
  const schema = decodeSchema(wire)
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema
}

/** Google's own tools, which run on its servers: they are left out, and the caller is told in a header. */
export function droppedTools({ tools = [] }: WireRequest): Readonly<Record<string, string>> {
  const names = tools.flatMap((tool) => Object.keys(tool))
  return droppedHeader(
    'tools',
    names.filter((name) => name !== 'functionDeclarations'),
  )
}
