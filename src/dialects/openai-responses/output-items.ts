import type { TokenLogprob } from '../../chat/chat-event.ts'
import { customInput } from '../custom-tools.ts'
import type { Answer } from '../dialect.ts'
import type { ResponsesEcho } from './echo.ts'
import { outputId } from './item-ids.ts'

/** The items of an answer as they are told, the same whole and streamed. */

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export type OutputItem = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }

/** One of several items of a kind in one answer. */
export interface ItemPlace {
  readonly answer: Answer<ResponsesEcho>
  /** Among the items of its kind. */
  readonly count: number
}

export interface ToldCall {
  readonly id: string
  /** As the model knows the tool. */
  readonly name: string
  readonly json: string
}

export function reasoningItem({ answer, count }: ItemPlace, text: string, status: ItemStatus): OutputItem {
  const { echo, seal, caller } = answer
  return {
    id: outputId('reasoning', echo.token, count),
    type: 'reasoning',
    status,
    summary: echo.tellsSummary && text !== '' ? [{ type: 'summary_text', text }] : [],
    content: text === '' ? [] : [{ type: 'reasoning_text', text }],
    ...(echo.sealsReasoning && text !== '' ? { encrypted_content: seal.close(text, caller.keyId) } : undefined),
  }
}

export function messageItem({ answer, count }: ItemPlace, content: readonly object[], status: ItemStatus): OutputItem {
  return { id: outputId('message', answer.echo.token, count), type: 'message', status, role: 'assistant', content }
}

export function textPart(text: string, logprobs: readonly TokenLogprob[]): object {
  return { type: 'output_text', text, annotations: [], logprobs }
}

export function callItem({ answer, count }: ItemPlace, call: ToldCall, status: ItemStatus): OutputItem {
  const { book, token } = answer.echo
  const { name, namespace, isCustom } = book.toCaller(call.name)
  const type = isCustom ? 'custom_tool_call' : 'function_call'
  const told = isCustom ? { input: customInput(call.json) } : { arguments: call.json }
  return {
    id: outputId(type, token, count),
    type,
    status,
    call_id: call.id,
    name,
    ...(namespace === undefined ? undefined : { namespace }),
    ...told,
  }
}
