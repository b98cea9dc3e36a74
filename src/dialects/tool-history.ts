import type { AssistantMessage, ChatMessage } from '../chat/chat-request.ts'

type ToolMessage = Extract<ChatMessage, { role: 'tool' }>

/**
 * A conversation in which every call has one result right behind it, under an id of its own within its turn: Gemma's
 * template finds what a result belongs to by looking on from the call. A result without a call, or one that comes after the
 * assistant's next word, becomes text of the user's; a call without a result gets one that says so.
 */
export function pairToolHistory(messages: readonly ChatMessage[]): ChatMessage[] {
  const called = new Set<string>()
  return turnsOf(messages).flatMap((turn) => pairTurn(turn, called))
}

/** What the assistant said, and everything up to its next word; the first turn may be without it. */
interface Turn {
  readonly assistant: AssistantMessage | undefined
  readonly after: Exclude<ChatMessage, AssistantMessage>[]
}

function turnsOf(messages: readonly ChatMessage[]): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.role === 'assistant') turns.push({ assistant: message, after: [] })
    else if (last === undefined) turns.push({ assistant: undefined, after: [message] })
    else last.after.push(message)
  }
  return turns
}

interface OpenCall {
  readonly id: string
  /** As the caller sent it. */
  readonly sentId: string
  result: ToolMessage | undefined
}

/** `called` are the ids of all calls before this turn, and those of this turn are added. */
function pairTurn({ assistant, after }: Turn, called: Set<string>): ChatMessage[] {
  const calls = openCalls(assistant)
  for (const { sentId } of calls) called.add(sentId)
  const waiting = waitingCalls(calls)
  const rest = after.flatMap((message): ChatMessage[] => {
    if (message.role !== 'tool') return [message]
    return placeResult(message, waiting) ? [] : [asText(message, called)]
  })
  const results = calls.map(({ id, result }): ChatMessage => {
    return result === undefined
      ? { role: 'tool', tool_call_id: id, content: '[no result]' }
      : { ...result, tool_call_id: id }
  })
  return [...withIds(assistant, calls), ...results, ...rest]
}

/** Counts are remembered, because one turn may hold very many calls, all under one id. */
function openCalls(assistant: AssistantMessage | undefined): OpenCall[] {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return (assistant?.tool_calls ?? []).map(({ id: sentId }) => {
    let id = sentId
    let count = counts.get(sentId) ?? 1
    while (taken.has(id)) id = `${sentId}_${++count}`
    counts.set(sentId, count)
    taken.add(id)
    return { id, sentId, result: undefined }
  })
}

/** By the id that was sent; each iterator goes on where it stopped. */
type WaitingCalls = ReadonlyMap<string, Iterator<OpenCall, undefined>>

function waitingCalls(calls: readonly OpenCall[]): WaitingCalls {
  const groups = Map.groupBy(calls, ({ sentId }) => sentId)
  return new Map([...groups].map(([sentId, group]) => [sentId, group.values()]))
}

/** Results of the same id are taken in the order of their calls. False where no call waits for this one. */
function placeResult(message: ToolMessage, waiting: WaitingCalls): boolean {
  const call = waiting.get(message.tool_call_id)?.next().value
  if (call !== undefined) call.result = message
  return call !== undefined
}

function asText({ tool_call_id: id, content }: ToolMessage, called: ReadonlySet<string>): ChatMessage {
  const whose = called.has(id) ? 'an earlier tool call' : 'a tool call that is not in this conversation'
  const heading = `[result of ${whose}]`
  const told =
    typeof content === 'string' ? `${heading}\n${content}` : [{ type: 'text', text: heading } as const, ...content]
  return { role: 'user', content: told }
}

function withIds(assistant: AssistantMessage | undefined, calls: readonly OpenCall[]): ChatMessage[] {
  if (assistant === undefined) return []
  if (calls.every(({ id, sentId }) => id === sentId)) return [assistant]
  const tool_calls = (assistant.tool_calls ?? []).map((call, index) => ({ ...call, id: calls[index]?.id ?? call.id }))
  return [{ ...assistant, tool_calls }]
}
