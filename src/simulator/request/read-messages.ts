import { isJson, type Json, type Loc, misfit, type Reader } from './read-field.ts'
import type { Issue } from './vllm-error.ts'

/** A message as it was sent; what its content holds is looked at when the prompt is made. */
export interface SentMessage {
  readonly role: string
  readonly content: unknown
  readonly toolCalls: readonly SentCall[]
  readonly toolCallId: string | null
}

export interface SentCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool'])

export const messages: Reader<readonly SentMessage[]> = (value, loc, issues) => {
  if (value === undefined) return null
  if (!Array.isArray(value)) {
    return misfit(issues, { type: 'list_type', loc, msg: 'Input should be a valid list', input: value })
  }
  return value.map((message, index) => readMessage(message, [...loc, index], issues))
}

const unreadable: SentMessage = { role: '', content: null, toolCalls: [], toolCallId: null }

function readMessage(message: unknown, loc: Loc, issues: Issue[]): SentMessage {
  if (!isJson(message)) {
    misfit(issues, { type: 'dict_type', loc, msg: 'Input should be a valid dictionary', input: message })
    return unreadable
  }
  const role = readRole(message, loc, issues)
  const toolCallId = typeof message['tool_call_id'] === 'string' ? message['tool_call_id'] : null
  return { role, content: message['content'], toolCalls: readCalls(message['tool_calls']), toolCallId }
}

function readRole(message: Json, loc: Loc, issues: Issue[]): string {
  const role = message['role']
  if (typeof role === 'string' && roles.has(role)) return role
  const at = [...loc, 'role']
  if (role === undefined) misfit(issues, { type: 'missing', loc: at, msg: 'Field required', input: message })
  else {
    const expected = [...roles].map((known) => `'${known}'`).join(', ')
    misfit(issues, {
      type: 'literal_error',
      loc: at,
      msg: `Input should be ${expected}`,
      input: role,
      ctx: { expected },
    })
  }
  return ''
}

function readCalls(value: unknown): SentCall[] {
  if (!Array.isArray(value)) return []
  return value.filter(isJson).map((call) => {
    const called = isJson(call['function']) ? call['function'] : {}
    return {
      id: String(call['id'] ?? ''),
      name: String(called['name'] ?? ''),
      arguments: String(called['arguments'] ?? ''),
    }
  })
}
