import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { AssistantMessage, ChatMessage, ToolCall } from '../../chat/chat-request.ts'
import { createReadArguments, type ReadArguments } from '../call-arguments.ts'
import { customArguments } from '../custom-tools.ts'
import { decodeContent, joinText } from './decode-content.ts'
import type { PlacedItem } from './recall-items.ts'
import type { ToolBook } from './tool-book.ts'
import type { WireItem } from './wire-items.ts'

export interface ItemContext {
  readonly policy: ChatPolicy
  readonly book: ToolBook
  /** Undefined for what this gateway did not seal for this caller. */
  open(sealed: string): string | undefined
}

interface DecodingContext extends ItemContext {
  readonly readArguments: ReadArguments
}

/** What the model said in one go comes as several items; it becomes one message. */
interface Said {
  readonly reasoning: string[]
  readonly texts: string[]
  readonly calls: ToolCall[]
}

export function decodeItems(items: readonly PlacedItem[], request: ItemContext): ChatMessage[] {
  const context: DecodingContext = { ...request, readArguments: createReadArguments('input') }
  const messages: ChatMessage[] = []
  let said: Said = { reasoning: [], texts: [], calls: [] }

  function close(): void {
    const message = assistantMessage(said)
    if (message !== undefined) messages.push(message)
    said = { reasoning: [], texts: [], calls: [] }
  }

  for (const placed of items) {
    const message = decodeItem(placed, said, context)
    if (message === undefined) continue
    close()
    messages.push(message)
  }
  close()
  return messages
}

/** Reasoning alone is left out: it says nothing to the caller, and Gemma takes it only along with what followed. */
function assistantMessage({ reasoning, texts, calls }: Said): AssistantMessage | undefined {
  if (texts.length === 0 && calls.length === 0) return undefined
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.filter((text) => text !== '').join('\n'),
    reasoning: reasoning.length === 0 ? undefined : reasoning.join('\n'),
    tool_calls: calls.length === 0 ? undefined : calls,
  }
}

/** A message of its own; undefined where the item went into what the model said. */
function decodeItem({ item, field }: PlacedItem, said: Said, context: DecodingContext): ChatMessage | undefined {
  switch (item.type) {
    case 'message':
      return decodeMessage(item, said, field, context)
    case 'reasoning': {
      const text = reasoningText(item, context)
      if (text !== '') said.reasoning.push(text)
      return undefined
    }
    case 'function_call':
    case 'custom_tool_call':
      said.calls.push(decodeCall(item, context))
      return undefined
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { output } = item
      const content = typeof output === 'string' ? output : decodeContent(output, `${field}.output`, context.policy)
      return { role: 'tool', tool_call_id: item.call_id, content }
    }
    default:
      return item satisfies never
  }
}

type Message = Extract<WireItem, { type: 'message' }>

function decodeMessage(item: Message, said: Said, field: string, context: ItemContext): ChatMessage | undefined {
  switch (item.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: joinText(item.content) }
    case 'user':
      return { role: 'user', content: decodeContent(item.content, `${field}.content`, context.policy) }
    case 'assistant':
      said.texts.push(joinText(item.content))
      return undefined
    default:
      return item satisfies never
  }
}

type Reasoning = Extract<WireItem, { type: 'reasoning' }>

/** What was sealed is what the model thought; the content may be somebody's words, and a summary is not all of it. */
function reasoningText({ encrypted_content: sealed, content, summary }: Reasoning, { open }: ItemContext): string {
  const opened = sealed == null ? undefined : open(sealed)
  if (opened !== undefined) return opened
  const texts = content != null && content.length > 0 ? content : (summary ?? [])
  return texts.map(({ text }) => text).join('\n')
}

type Call = Extract<WireItem, { type: 'function_call' | 'custom_tool_call' }>

function decodeCall(item: Call, { book, readArguments }: DecodingContext): ToolCall {
  const name = book.toModel(item.name, item.namespace ?? undefined)
  const json = item.type === 'custom_tool_call' ? customArguments(item.input) : readArguments(item.arguments)
  return { id: item.call_id, type: 'function', function: { name, arguments: json } }
}
