import type { ChatRequest, FunctionTool, UserMessage } from '../../src/chat/chat-request.ts'

/** A request with one message of the user's; short replies, so that it fits everywhere. */
export function asks(content: UserMessage['content'], rest: Partial<ChatRequest> = {}): ChatRequest {
  return {
    messages: [{ role: 'user', content }],
    max_completion_tokens: 200,
    chat_template_kwargs: { enable_thinking: false },
    ...rest,
  }
}

export function tool(name: string): FunctionTool {
  return {
    type: 'function',
    function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  }
}
