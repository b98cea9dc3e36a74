import { addUsage, type ChatEvent, type ChatEvents, type TokenUsage } from '../chat/chat-event.ts'
import type { ChatMessage, ChatRequest, ToolChoice } from '../chat/chat-request.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'

type Ask = (request: ChatRequest, deliver: DeliverEvents) => Promise<void>

/** How often the model is asked before a forced choice counts as failed. */
const triesMax = 2

/**
 * vLLM does not enforce a forced tool choice for Gemma: it is asked for in words, what comes before the first call is
 * held back, and an answer without a call is asked for once again. Throws `upstream-failed` when none came.
 */
export function enforceToolChoice(request: ChatRequest, deliver: DeliverEvents, ask: Ask): Promise<void> {
  const { tool_choice: choice } = request
  if (choice === undefined || choice === 'auto' || choice === 'none') return ask(request, deliver)
  return forced({ ...request, messages: withInstruction(request.messages, choice) }, deliver, ask)
}

async function forced(request: ChatRequest, deliver: DeliverEvents, ask: Ask): Promise<void> {
  let spent: TokenUsage | undefined
  for (let tries = 0; tries < triesMax; tries++) {
    const held: ChatEvent[] = []
    let called = false
    await ask(request, (batch) => {
      const events = spent === undefined ? batch : withUsageOf(spent, batch)
      called ||= events.some((event) => event.type === 'tool-call-start' && isWanted(event.name, request.tool_choice))
      held.push(...events)
      return called ? deliver(held.splice(0)) : undefined
    })
    if (called) return
    spent = held.find((event) => event.type === 'usage')?.usage
  }
  throw new GatewayError('upstream-failed', 'The model called no tool, although `tool_choice` asks for a call.')
}

function isWanted(name: string, choice: ToolChoice | undefined): boolean {
  return typeof choice !== 'object' || choice.function.name === name
}

/** The caller is told what all tries took. */
function withUsageOf(spent: TokenUsage, events: ChatEvents): ChatEvents {
  return events.map((event) => (event.type === 'usage' ? { ...event, usage: addUsage(spent, event.usage) } : event))
}

/** Said at the end of the newest message, so that the prompt before it stays the same for the prefix cache. */
function withInstruction(
  messages: readonly ChatMessage[],
  choice: Exclude<ToolChoice, 'auto' | 'none'>,
): ChatMessage[] {
  const words =
    choice === 'required'
      ? 'Answer by calling at least one of the available tools, without other text.'
      : `Answer by calling the tool ${choice.function.name}, without other text.`
  const last = messages.findLastIndex(({ role }) => role === 'user' || role === 'tool')
  if (last === -1) return [...messages, { role: 'user', content: words }]
  return messages.map((message, index) => (index === last ? appendText(message, words) : message))
}

function appendText(message: ChatMessage, words: string): ChatMessage {
  if (message.role !== 'user' && message.role !== 'tool') return message
  if (typeof message.content === 'string') return { ...message, content: `${message.content}\n\n${words}` }
  return { ...message, content: [...message.content, { type: 'text', text: words }] }
}
