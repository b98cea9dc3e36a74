import type { AssistantMessage, ChatMessage, ContentPart, ToolCall } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { stringifyExact } from '../../wire/exact-json.ts'
import { pairToolHistory } from '../tool-history.ts'
import type { MessagesContext } from './decode-context.ts'
import { decodeContent, decodePart } from './decode-parts.ts'
import { decodeSystem, joinBlocks } from './decode-system.ts'
import { joinTexts, textPart } from './text-parts.ts'
import { openThinking } from './thinking-signature.ts'
import type { WireAssistantBlock, WireToolResult, WireUserBlock } from './wire-blocks.ts'
import type { WireMessage, WireRequest } from './wire-request.ts'

/** The conversation; a system message in its middle stays where it is, or every turn would change the prompt's beginning. */
export function decodeMessages(wire: WireRequest, context: MessagesContext): ChatMessage[] {
  const said = wire.messages.flatMap((message, index) => decodeMessage(message, `messages[${index}]`, context))
  return pairToolHistory([...decodeSystem(wire, context.policy), ...joinAssistants(said)])
}

function decodeMessage(message: WireMessage, path: string, context: MessagesContext): ChatMessage[] {
  const field = `${path}.content`
  switch (message.role) {
    case 'user':
      return decodeUser(message.content, field, context)
    case 'assistant':
      return decodeAssistant(message.content, field, context)
    case 'system':
      return listed(joinBlocks(message.content))
    default:
      return message satisfies never
  }
}

function listed(system: string): ChatMessage[] {
  return system === '' ? [] : [{ role: 'system', content: system }]
}

/** Results first: they belong right behind their calls. */
function decodeUser(
  content: string | readonly WireUserBlock[],
  field: string,
  context: MessagesContext,
): ChatMessage[] {
  if (typeof content === 'string') return [{ role: 'user', content }]
  if (content.length > 0 && content.every(({ type }) => type === 'other')) {
    throw invalidField(field, 'only blocks of types that are not known here', 'text, images, documents or tool results')
  }
  const results: ChatMessage[] = []
  const parts: ContentPart[] = []
  content.forEach((block, index) => {
    const path = `${field}[${index}]`
    if (block.type === 'tool_result') results.push(decodeResult(block, `${path}.content`, context))
    else parts.push(...decodePart(block, path, context))
  })
  const spoken = joinTexts(parts)
  return spoken === '' && results.length > 0 ? results : [...results, { role: 'user', content: spoken }]
}

function decodeResult(result: WireToolResult, field: string, context: MessagesContext): ChatMessage {
  const parts = decodeContent(result.content ?? '', field, context)
  const content = joinTexts(result.is_error === true ? asError(parts) : parts)
  return { role: 'tool', tool_call_id: result.tool_use_id, content }
}

/** The model sees no other sign of it. */
function asError(parts: readonly ContentPart[]): ContentPart[] {
  const [first, ...rest] = parts
  if (first?.type !== 'text') return [textPart('Error:'), ...parts]
  return [textPart(first.text === '' ? 'Error' : `Error: ${first.text}`), ...rest]
}

function decodeAssistant(
  content: string | readonly WireAssistantBlock[],
  field: string,
  context: MessagesContext,
): AssistantMessage[] {
  if (typeof content === 'string') return content === '' ? [] : [{ role: 'assistant', content }]
  const text = content.map((block, index) => textOf(block, `${field}[${index}]`, context)).join('')
  const calls = content.flatMap((block) => callOf(block, context))
  if (text === '' && calls.length === 0) return []
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      reasoning: openThinking(content, context),
      tool_calls: calls.length === 0 ? undefined : calls,
    },
  ]
}

/** Blocks of one text, which citations cut into pieces. */
function textOf(block: WireAssistantBlock, field: string, context: MessagesContext): string {
  if (block.type === 'text') return block.text
  if (block.type !== 'document' && block.type !== 'search_result') return ''
  const joined = joinTexts(decodePart(block, field, context).filter(({ type }) => type === 'text'))
  return typeof joined === 'string' ? joined : ''
}

function callOf(block: WireAssistantBlock, { toolNames }: MessagesContext): ToolCall[] {
  if (block.type !== 'tool_use') return []
  const { id, name, input } = block
  return [{ id, type: 'function', function: { name: toolNames.toModel(name), arguments: stringifyExact(input ?? {}) } }]
}

/** Neighbouring messages of the assistant are one, as Anthropic has it: their calls are answered together. */
function joinAssistants(messages: readonly ChatMessage[]): ChatMessage[] {
  const joined: ChatMessage[] = []
  let neighbours: AssistantMessage[] = []

  function close(): void {
    if (neighbours.length > 0) joined.push(joinAll(neighbours))
    neighbours = []
  }

  for (const message of messages) {
    if (message.role === 'assistant') neighbours.push(message)
    else {
      close()
      joined.push(message)
    }
  }
  close()
  return joined
}

function joinAll(neighbours: readonly AssistantMessage[]): AssistantMessage {
  const calls = neighbours.flatMap(({ tool_calls: made }) => made ?? [])
  return {
    role: 'assistant',
    content: joinTold(neighbours.map(({ content }) => content)) ?? null,
    reasoning: joinTold(neighbours.map(({ reasoning }) => reasoning)),
    tool_calls: calls.length === 0 ? undefined : calls,
  }
}

/** Undefined where nobody said anything. */
function joinTold(texts: readonly (string | null | undefined)[]): string | undefined {
  const told = texts.filter((text) => text != null)
  return told.length === 0 ? undefined : told.join('')
}
