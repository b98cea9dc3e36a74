import { checkBody } from './check-body.ts'
import { dictionary, flag, float, integer, isJson, type Json, misfit, oneOf, type Reader, text } from './read-field.ts'
import { messages, type SentMessage } from './read-messages.ts'
import { type Issue, validationErrors } from './vllm-error.ts'

/** A chat request as vLLM understands it: unknown fields are gone without a word, absent ones are null. */
export type ChatBody = { readonly [Name in keyof typeof readers]: ReturnType<(typeof readers)[Name]> } & {
  readonly messages: readonly SentMessage[]
}

export interface Tool {
  readonly name: string
  readonly parameters: Json | null
  /** As it was sent, for the prompt. */
  readonly sent: Json
}

/** @throws VllmError in pydantic's or in vLLM's own words. */
export function readChatBody(sent: unknown): ChatBody {
  if (!isJson(sent)) {
    const msg = 'Input should be a valid dictionary or object to extract fields from'
    throw validationErrors([{ type: 'model_attributes_type', loc: ['body'], msg, input: sent }])
  }
  checkBody(sent)
  const issues: Issue[] = []
  if (sent['messages'] === undefined) {
    misfit(issues, { type: 'missing', loc: ['body', 'messages'], msg: 'Field required', input: sent })
  }
  const body = Object.fromEntries(fields.map(([name, read]) => [name, read(sent[name], ['body', name], issues)]))
  if (issues.length > 0) throw validationErrors(issues)
  // Every name in the table was read by its own reader, and without issues the messages are there.
  return body as unknown as ChatBody
}

const stop: Reader<readonly string[]> = (value, loc, issues) => {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return [value]
  const branches: Issue[] = [
    { type: 'string_type', loc: [...loc, 'str'], msg: 'Input should be a valid string', input: value },
  ]
  const listLoc = [...loc, 'list[str]']
  if (!Array.isArray(value)) {
    issues.push(...branches, { type: 'list_type', loc: listLoc, msg: 'Input should be a valid list', input: value })
    return null
  }
  const items = value.map((item, index) => text(item ?? 0, [...listLoc, index], branches) ?? '')
  if (value.length > 4) {
    const msg = `List should have at most 4 items after validation, not ${value.length}`
    branches.push({ type: 'too_long', loc: listLoc, msg, input: value, ctx: { field_type: 'List', max_length: 4 } })
  }
  if (branches.length > 1) issues.push(...branches)
  return items
}

const tools: Reader<readonly Tool[]> = (value, loc, issues) => {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value)) {
    return misfit(issues, { type: 'list_type', loc, msg: 'Input should be a valid list', input: value })
  }
  return value.map((tool, index) => {
    const called = isJson(tool) && isJson(tool['function']) ? tool['function'] : {}
    const at = [...loc, index, 'function', 'name']
    if (called['name'] === undefined) misfit(issues, { type: 'missing', loc: at, msg: 'Field required', input: called })
    const name = text(called['name'], at, issues) ?? ''
    return { name, parameters: dictionary(called['parameters'], at, issues), sent: called }
  })
}

const responseFormat: Reader<{ readonly type: string; readonly schema: Json | null }> = (value, loc, issues) => {
  const format = dictionary(value, loc, issues)
  if (format === null) return null
  const type = formatType(format['type'] ?? '', [...loc, 'type'], issues)
  const named = isJson(format['json_schema']) ? format['json_schema'] : {}
  return { type: type ?? 'text', schema: isJson(named['schema']) ? named['schema'] : null }
}

const formatType = oneOf('text', 'json_object', 'json_schema')

/** `none`, `auto`, `required`, or the name of a tool in an object; checked before. */
const toolChoice: Reader<'none' | 'auto' | 'required' | 'named'> = (value) => {
  if (value === undefined || value === null) return null
  return isJson(value) ? 'named' : toolChoiceWord(value, [], [])
}

const toolChoiceWord = oneOf('none', 'auto', 'required')

const readers = {
  messages,
  model: text,
  request_id: text,
  max_tokens: integer,
  max_completion_tokens: integer,
  n: integer,
  temperature: float,
  top_p: float,
  top_k: integer,
  min_p: float,
  frequency_penalty: float,
  presence_penalty: float,
  repetition_penalty: float,
  seed: integer,
  stop,
  logprobs: flag,
  top_logprobs: integer,
  stream: flag,
  stream_options: dictionary,
  tools,
  tool_choice: toolChoice,
  parallel_tool_calls: flag,
  response_format: responseFormat,
  reasoning_effort: oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
  include_reasoning: flag,
  chat_template_kwargs: dictionary,
  add_generation_prompt: flag,
  priority: integer,
  cache_salt: text,
  user: text,
}

const fields = Object.entries(readers)
