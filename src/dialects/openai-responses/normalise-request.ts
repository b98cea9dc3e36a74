import { describeFound, invalidField } from '../../chat/describe-mismatch.ts'
import type { GatewayError } from '../../chat/gateway-error.ts'
import { stringifyExact } from '../../wire/exact-json.ts'

/**
 * A body in the one spelling that the schema knows: everything in lists, every item with its type, what only other
 * servers can run as `hosted` or `other`. What is malformed stays as it is, so that the schema says so. Throws
 * GatewayError where the schema would not say it in the caller's words.
 */
export function normaliseRequest(body: unknown): unknown {
  if (!isObject(body)) return body
  const { input, tools, tool_choice: choice } = body
  return {
    ...body,
    ...(input == null ? undefined : { input: normaliseInput(input) }),
    ...(Array.isArray(tools)
      ? { tools: tools.map((tool, index) => normaliseTool(tool, `tools[${index}]`)) }
      : undefined),
    ...(choice == null ? undefined : { tool_choice: normaliseChoice(choice) }),
  }
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function normaliseInput(input: unknown): unknown {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: textContent(input) }]
  return Array.isArray(input) ? input.map(normaliseItem) : input
}

function textContent(text: string): object[] {
  return [{ type: 'input_text', text }]
}

const knownItems: ReadonlySet<unknown> = new Set([
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'item_reference',
])

function normaliseItem(item: unknown, index: number): unknown {
  if (!isObject(item)) return item
  const type = typeOf(item)
  if (type === 'message') return { ...item, type, content: contentOf(item) }
  if (knownItems.has(type)) return { ...item, type }
  if (typeof type !== 'string') throw wrongType(`input[${index}]`, type, knownItems)
  return normaliseForeign(item, type)
}

/** The type may be left out of messages and references. */
function typeOf(item: Fields): unknown {
  const type = item['type'] ?? undefined
  if (type !== undefined) return type
  if ('role' in item || 'content' in item) return 'message'
  return 'id' in item ? 'item_reference' : undefined
}

/** Clients keep messages of the assistant's in which nothing is said. */
function contentOf({ role, content }: Fields): unknown {
  if (role === 'assistant' && content == null) return []
  return typeof content === 'string' ? textContent(content) : content
}

/** The tools of OpenAI's that work like functions; what they did is told as calls of that name. */
const functionLike = /^(local_shell|shell|apply_patch)_call(_output)?$/

function normaliseForeign(item: Fields, type: string): object {
  const [, name, output] = functionLike.exec(type) ?? []
  if (name === undefined) return { type: 'other', other: type }
  const callId = item['call_id'] ?? item['id']
  if (output === undefined) {
    const asked = stringifyExact(item['action'] ?? item['operation'] ?? {})
    return { type: 'function_call', call_id: callId, name, arguments: asked }
  }
  const told = item['output'] ?? ''
  return {
    type: 'function_call_output',
    call_id: callId,
    output: typeof told === 'string' ? told : stringifyExact(told),
  }
}

function normaliseTool(tool: unknown, field: string): unknown {
  if (!isObject(tool)) return tool
  const { type, tools } = tool
  if (type !== 'namespace' || !Array.isArray(tools)) return normaliseInner(tool, field, runHere)
  return { ...tool, tools: tools.map((inner, index) => normaliseInner(inner, `${field}.tools[${index}]`, innerTools)) }
}

const innerTools: ReadonlySet<unknown> = new Set(['function', 'custom'])
const runHere: ReadonlySet<unknown> = new Set([...innerTools, 'namespace'])

function normaliseInner(tool: unknown, field: string, known: ReadonlySet<unknown>): unknown {
  if (!isObject(tool)) return tool
  const { type } = tool
  if (typeof type !== 'string') throw wrongType(field, type, known)
  return runHere.has(type) ? tool : { type: 'hosted', hosted: type }
}

/** The schema would name its own words for what is left out too. */
function wrongType(field: string, type: unknown, known: ReadonlySet<unknown>): GatewayError {
  const wanted = [...known].map((word) => JSON.stringify(word)).join(', ')
  return invalidField(`${field}.type`, describeFound(type), `one of ${wanted}`)
}

const knownChoices: ReadonlySet<unknown> = new Set(['function', 'custom', 'allowed_tools'])

/** A choice of what is left out is no choice. */
function normaliseChoice(choice: unknown): unknown {
  return isObject(choice) && typeof choice['type'] === 'string' && !knownChoices.has(choice['type']) ? 'auto' : choice
}
