import type { ChatChoice, ChatReply } from '../../chat/chat-reply.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { parseToWrite } from '../../wire/exact-json.ts'
import { isJsonObject } from '../../wire/is-json-object.ts'
import type { Answer } from '../dialect.ts'
import { createObjectText } from '../object-text.ts'
import type { MessagesEcho } from './decode-request.ts'
import { endingFields, messageHead, messagesUsage } from './encode-parts.ts'
import { toolUseId } from './names.ts'
import { signThinking } from './thinking-signature.ts'

export function encodeReply({ choices, usage }: ChatReply, answer: Answer<MessagesEcho>): string {
  const [choice] = choices
  if (choice === undefined) throw new GatewayError('upstream-failed', 'The model gave no answer.')
  const hasCutCall = choice.toolCalls.some(({ json }) => !isJsonObject(json))
  return JSON.stringify({
    ...messageHead(answer),
    content: [...thinkingBlocks(choice, answer), ...textBlocks(choice), ...toolUseBlocks(choice, answer)],
    ...endingFields({ ...choice.finish, hasCutCall }, usage, answer.echo),
    usage: messagesUsage(usage),
  })
}

function thinkingBlocks({ reasoning }: ChatChoice, answer: Answer<MessagesEcho>): object[] {
  if (reasoning === '') return []
  const { showsThinking } = answer.echo
  const signature = signThinking(reasoning, showsThinking, answer)
  return [{ type: 'thinking', thinking: showsThinking ? reasoning : '', signature }]
}

/** Never an empty one: Anthropic refuses it when it comes back. */
function textBlocks({ text }: ChatChoice): object[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

function toolUseBlocks({ toolCalls }: ChatChoice, { requestId, echo }: Answer<MessagesEcho>): object[] {
  return toolCalls.map(({ name, json }, index) => {
    return {
      type: 'tool_use',
      id: toolUseId(requestId, index),
      name: echo.toolNames.toCaller(name),
      input: inputOf(json),
    }
  })
}

function inputOf(json: string): unknown {
  const text = createObjectText()
  return parseToWrite(text.accept(json) + text.rest())
}
