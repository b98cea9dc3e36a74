import type { AssistantMessage, ChatMessage, ChatRequest, ToolCall } from '../chat/chat-request.ts'
import { isJsonObject } from '../wire/is-json-object.ts'
import { type AnswerRules, forcedWords, withoutTools } from './answer-rules.ts'
import { appendWords } from './append-words.ts'
import type { SaidChoice } from './held-choice.ts'
import { isOnlyThought, type Misfit } from './judge-answer.ts'

/** What to ask after an answer that will not do: for one choice, with what was said and what was wrong with it. */
export function correctRequest(asked: ChatRequest, rules: AnswerRules, said: SaidChoice, misfit: Misfit): ChatRequest {
  const request = { ...asked, n: undefined }
  switch (misfit.kind) {
    case 'only-thought':
      return withoutThinking(request)
    case 'no-call':
      return correctNoCall(request, rules, said)
    case 'wrong-calls':
      return correctCalls(request, rules, said, misfit.wrong)
    case 'wrong-format':
      return correctFormat(request, rules, said, misfit.wrong)
    default:
      return misfit satisfies never
  }
}

function withoutThinking(request: ChatRequest): ChatRequest {
  return { ...request, chat_template_kwargs: { enable_thinking: false } }
}

function correctNoCall(request: ChatRequest, { forced }: AnswerRules, said: SaidChoice): ChatRequest {
  const again = isOnlyThought(said) ? withoutThinking(request) : request
  if (forced === undefined || said.text.trim() === '') return again
  return goOn(again, { content: said.text }, [{ role: 'user', content: `That was no call. ${forcedWords(forced)}` }])
}

/** Said as the tools' results, which is how a model learns of a mistake in a call. */
function correctCalls(
  request: ChatRequest,
  { forced }: AnswerRules,
  { reasoning, text, calls }: SaidChoice,
  wrong: readonly (string | undefined)[],
): ChatRequest {
  const results = calls.map(({ id }, index): ChatMessage => {
    const words = wrong[index]
    const content =
      words === undefined
        ? 'Not run, because another call was wrong. Make this call again too.'
        : `Error: ${words} The call was not run. Make it again, corrected.`
    return { role: 'tool', tool_call_id: id, content }
  })
  const message = {
    content: text === '' ? null : text,
    reasoning: reasoning === '' ? undefined : reasoning,
    tool_calls: calls.map(toHistory),
  }
  return goOn(request, message, forced === undefined ? results : appendWords(results, forcedWords(forced)))
}

/** vLLM refuses a history with arguments that are no object's JSON. */
function toHistory({ id, name, json }: SaidChoice['calls'][number]): ToolCall {
  return { id, type: 'function', function: { name, arguments: isJsonObject(json) ? json : '{}' } }
}

/** Constrained, which is without tools; what was thought is in what was said. */
function correctFormat(request: ChatRequest, { format }: AnswerRules, said: SaidChoice, wrong: string): ChatRequest {
  const constrained = { ...withoutThinking(withoutTools(request)), response_format: format }
  if (said.text.trim() === '') return constrained
  const words = `That was not in the format that was asked for: ${wrong}. Give the answer again, as JSON alone.`
  return goOn(constrained, { content: said.text }, [{ role: 'user', content: words }])
}

/** The conversation with what the model said, and what is said to that. */
function goOn(request: ChatRequest, said: Omit<AssistantMessage, 'role'>, after: readonly ChatMessage[]): ChatRequest {
  const { messages, continue_final_message: continues } = request
  const last = messages.at(-1)
  if (continues !== true || last?.role !== 'assistant') {
    return { ...request, messages: [...messages, { role: 'assistant', ...said }, ...after] }
  }
  // What was said goes on where the caller had begun it.
  const whole = { ...last, ...said, content: (last.content ?? '') + (said.content ?? '') }
  return { ...request, messages: [...messages.slice(0, -1), whole, ...after], continue_final_message: undefined }
}
