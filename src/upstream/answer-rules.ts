import type { ChatRequest, FunctionTool, JsonObject, ResponseFormat, ToolChoice } from '../chat/chat-request.ts'
import { appendWords } from './append-words.ts'

/** Ask again without thinking, tell the thought as text too, or leave it as it is. */
export type ThinkingOnly = 'retry' | 'show' | 'leave'
export type ForcedChoice = Exclude<ToolChoice, 'auto' | 'none'>

/** What an answer must keep to that vLLM does not see to, or not for Gemma. */
export interface AnswerRules {
  /** A call must come. */
  readonly forced: ForcedChoice | undefined
  /** Schemas of tools whose arguments must fit, by the tools' names; undefined where a tool has none. */
  readonly checked: ReadonlyMap<string, JsonObject | undefined>
  /** What the text must be where no call comes. */
  readonly format: ResponseFormat | undefined
  /** What becomes of an answer that is only thought. */
  readonly thinkingOnly: ThinkingOnly
}

export interface AnswerPlan {
  /** What vLLM is asked. */
  readonly request: ChatRequest
  /** Undefined where every answer will do. */
  readonly rules: AnswerRules | undefined
}

/**
 * What to ask and what to look for in the answer. Whatever vLLM does not see to is asked for in words: a forced choice,
 * and a format beside tools, which vLLM's grammars do not take together.
 */
export function planAnswer(request: ChatRequest, thinkingOnly: ThinkingOnly): AnswerPlan {
  const { tools, tool_choice: choice, response_format: format } = request
  const forced = choice === 'auto' || choice === 'none' ? undefined : choice
  const checked = choice === 'none' ? noneChecked : checkedTools(tools, forced !== undefined)
  const thought = request.chat_template_kwargs.enable_thinking ? thinkingOnly : 'leave'
  const rules = { forced, checked, format: undefined, thinkingOnly: thought } as const
  if (forced !== undefined) return { request: asksInWords(request, forcedWords(forced)), rules }
  if (format !== undefined && tools !== undefined) {
    if (choice === 'none') return { request: withoutTools(request), rules: unlessFree(rules) }
    return { request: asksInWords(request, formatWords(format)), rules: { ...rules, format } }
  }
  return { request, rules: unlessFree(rules) }
}

function unlessFree(rules: AnswerRules): AnswerRules | undefined {
  return rules.checked.size === 0 && rules.thinkingOnly === 'leave' ? undefined : rules
}

function asksInWords(request: ChatRequest, words: string): ChatRequest {
  return { ...request, messages: appendWords(request.messages, words), response_format: undefined }
}

const noneChecked: AnswerRules['checked'] = new Map()

/** All where a call was forced, else those that say that they are strict. */
function checkedTools(tools: readonly FunctionTool[] | undefined, all: boolean): AnswerRules['checked'] {
  const checked = (tools ?? []).filter((tool) => all || tool.function.strict === true)
  return checked.length === 0
    ? noneChecked
    : new Map(checked.map(({ function: { name, parameters } }) => [name, parameters]))
}

/** For a format that vLLM is to enforce, and where none may be called. */
export function withoutTools(request: ChatRequest): ChatRequest {
  return { ...request, tools: undefined, tool_choice: undefined, parallel_tool_calls: undefined }
}

export function forcedWords(choice: ForcedChoice): string {
  return choice === 'required'
    ? 'Answer by calling at least one of the available tools, without other text.'
    : `Answer by calling the tool ${choice.function.name}, without other text.`
}

function formatWords(format: ResponseFormat): string {
  const words = 'If you call no tool, answer with JSON alone, without other text and without a code fence'
  if (format.type === 'json_object') return `${words}: one object.`
  return `${words}. It must fit this JSON Schema:\n${JSON.stringify(format.json_schema.schema)}`
}
