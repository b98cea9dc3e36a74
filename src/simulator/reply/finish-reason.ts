import type { ChatBody } from '../request/chat-body.ts'
import type { Finish, FinishReason } from './generation.ts'

/**
 * What a choice says for an end. A named tool's call ends in `stop`, and `required` says `tool_calls` in a whole reply
 * even where nothing was called.
 */
export function finishReason(body: ChatBody, { reason }: Finish, streamed: boolean): FinishReason {
  if (body.tool_choice === 'named' && reason === 'tool_calls') return 'stop'
  if (body.tool_choice === 'required' && reason === 'stop' && !streamed) return 'tool_calls'
  return reason
}
