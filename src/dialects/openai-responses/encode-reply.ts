import type { ChatChoice, ChatReply } from '../../chat/chat-reply.ts'
import type { Answer } from '../dialect.ts'
import type { ResponsesEcho } from './echo.ts'
import { callItem, type ItemStatus, messageItem, type OutputItem, reasoningItem, textPart } from './output-items.ts'
import { encodeResponse, isCut } from './response-object.ts'

/** `completedAt` in Unix seconds. */
export function encodeReply(reply: ChatReply, answer: Answer<ResponsesEcho>, completedAt: number): string {
  const [choice] = reply.choices
  const finish = choice?.finish.reason
  const cut = isCut(finish)
  return encodeResponse(answer, {
    status: cut ? 'incomplete' : 'completed',
    output: choice === undefined ? [] : encodeChoice(choice, answer),
    usage: reply.usage,
    finish,
    completedAt: cut ? undefined : completedAt,
  })
}

function encodeChoice(choice: ChatChoice, answer: Answer<ResponsesEcho>): OutputItem[] {
  const { reasoning, text, toolCalls, finish } = choice
  const items = [
    ...(reasoning === '' ? [] : [(status: ItemStatus) => reasoningItem({ answer, count: 0 }, reasoning, status)]),
    ...(text === '' ? [] : [(status: ItemStatus) => encodeMessage(choice, answer, status)]),
    ...toolCalls.map((call, count) => (status: ItemStatus) => callItem({ answer, count }, call, status)),
  ]
  const last = items.length - 1
  return items.map((item, index) => item(index === last && isCut(finish.reason) ? 'incomplete' : 'completed'))
}

function encodeMessage({ text, logprobs }: ChatChoice, answer: Answer<ResponsesEcho>, status: ItemStatus): OutputItem {
  return messageItem({ answer, count: 0 }, [textPart(text, logprobs ?? [])], status)
}
