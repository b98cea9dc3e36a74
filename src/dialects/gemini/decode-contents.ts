import type { ChatMessage, ContentPart, ToolCall } from '../../chat/chat-request.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { stringifyExact } from '../../wire/exact-json.ts'
import { pairToolHistory } from '../tool-history.ts'
import { urlBase64 } from './base64.ts'
import { type CallBook, createCallBook } from './call-book.ts'
import type { GeminiContext } from './decode-context.ts'
import { decodeToolContent, decodeUserPart, emptyPart, isSilent, textOf } from './decode-parts.ts'
import type { WireContent, WireFunctionCall, WirePart, WireRequest } from './wire-request.ts'

export function decodeMessages(wire: WireRequest, context: GeminiContext): ChatMessage[] {
  const book = createCallBook()
  const turns = joinTurns(wire.contents, rolesOf(wire.contents))
  const messages = turns.flatMap((turn) =>
    turn.role === 'model' ? decodeModelTurn(turn, book, context) : decodeUserTurn(turn, book, context),
  )
  return [...decodeInstruction(wire), ...pairToolHistory(messages)]
}

function decodeInstruction({ systemInstruction: instruction }: WireRequest): ChatMessage[] {
  if (instruction === undefined) return []
  const text = typeof instruction === 'string' ? instruction : instruction.parts.map(({ text }) => text).join('\n')
  return text === '' ? [] : [{ role: 'system', content: text }]
}

type Role = 'user' | 'model'

/** Where nobody says who speaks, the two take turns, as clients of gemma.cpp send it; the user speaks last. */
function rolesOf(contents: readonly WireContent[]): Role[] {
  const alternates = contents.length % 2 === 1 && contents.every((content) => isSilentOnRole(content))
  return contents.map((content, index) => {
    if (content.role !== undefined) return content.role === 'model' ? 'model' : 'user'
    if (hasCall(content)) return 'model'
    return alternates && index % 2 === 1 ? 'model' : 'user'
  })
}

function isSilentOnRole(content: WireContent): boolean {
  return content.role === undefined && !hasCall(content) && !hasResult(content)
}

function hasCall({ parts = [] }: WireContent): boolean {
  return parts.some(({ functionCall }) => functionCall !== undefined)
}

function hasResult({ parts = [] }: WireContent): boolean {
  return parts.some(({ functionResponse }) => functionResponse !== undefined)
}

/** A part with its place in the caller's body. */
interface Placed {
  readonly part: WirePart
  readonly content: number
  readonly index: number
}

interface Turn {
  readonly role: Role
  /** The index of its first content. */
  readonly content: number
  readonly parts: Placed[]
}

/** Google's chats keep every chunk of a stream as a content of its own: neighbours of the model's are one turn. */
function joinTurns(contents: readonly WireContent[], roles: readonly Role[]): Turn[] {
  const turns: Turn[] = []
  contents.forEach(({ parts = [] }, content) => {
    const placed = parts.map((part, index) => ({ part, content, index }))
    const role = roles[content] ?? 'user'
    const last = turns.at(-1)
    if (role === 'model' && last?.role === 'model') last.parts.push(...placed)
    else turns.push({ role, content, parts: placed })
  })
  return turns
}

function fieldOf({ content, index }: Placed, { at }: GeminiContext): string {
  return `${at}contents[${content}].parts[${index}]`
}

/** Results first: they belong right behind their calls. */
function decodeUserTurn({ content, parts }: Turn, book: CallBook, context: GeminiContext): ChatMessage[] {
  if (parts.length === 0) throw invalidField(`${context.at}contents[${content}].parts`, 'nothing', 'at least one part')
  const results = parts.flatMap((placed) => decodeResult(placed, book, context))
  const spoken = parts.flatMap((placed): ContentPart[] => {
    if (placed.part.functionResponse !== undefined) return []
    return listed(decodeUserPart(placed.part, fieldOf(placed, context), context))
  })
  if (spoken.length === 0 && results.length > 0) return results
  const [only, ...more] = spoken
  if (only === undefined) return [...results, { role: 'user', content: '' }]
  return [...results, { role: 'user', content: more.length === 0 && only.type === 'text' ? only.text : spoken }]
}

function listed(part: ContentPart | undefined): ContentPart[] {
  return part === undefined ? [] : [part]
}

function decodeResult(placed: Placed, book: CallBook, context: GeminiContext): ChatMessage[] {
  const { functionResponse: response } = placed.part
  if (response === undefined) return []
  const field = `${fieldOf(placed, context)}.functionResponse`
  if (!response.id && !response.name) throw invalidField(`${field}.name`, 'nothing', 'the name of the function')
  const name = response.name === undefined ? undefined : context.toolNames.toModel(response.name)
  const id = book.answer(response, name, `call_${placed.content}_${placed.index}_unmatched`)
  return [{ role: 'tool', tool_call_id: id, content: decodeToolContent(response, field, context) }]
}

function decodeModelTurn({ parts }: Turn, book: CallBook, context: GeminiContext): ChatMessage[] {
  let text = ''
  let thoughts = ''
  const calls: ToolCall[] = []
  for (const placed of parts) {
    const { part } = placed
    const said = textOf(part)
    if (part.functionCall !== undefined)
      calls.push(decodeCall(part.functionCall, placed.content, calls.length, context))
    else if (said === undefined) refuseUnlessSilent(placed, context)
    else if (part.thought === true) thoughts += said
    else text += said
  }
  book.open(calls)
  if (calls.length === 0 && text === '' && thoughts === '') return []
  const reasoning = openSealed(parts, context) ?? (thoughts === '' ? undefined : thoughts)
  const content = text === '' && calls.length > 0 ? null : text
  return [{ role: 'assistant', content, reasoning, tool_calls: calls.length === 0 ? undefined : calls }]
}

/** An id that is the same in every request of a conversation, whatever the client keeps. */
function decodeCall(call: WireFunctionCall, content: number, made: number, { toolNames }: GeminiContext): ToolCall {
  const id = call.id || `call_${content}_${made}`
  return {
    id,
    type: 'function',
    function: { name: toolNames.toModel(call.name), arguments: stringifyExact(call.args ?? {}) },
  }
}

function refuseUnlessSilent(placed: Placed, context: GeminiContext): void {
  const field = fieldOf(placed, context)
  const { inlineData, fileData, functionResponse } = placed.part
  if (functionResponse !== undefined) {
    throw invalidField(`${field}.functionResponse`, 'a result in a turn of the model', 'it in a turn of the user')
  }
  if (inlineData !== undefined || fileData !== undefined) {
    throw invalidField(field, 'media in a turn of the model', 'text or calls, which is all that the model says')
  }
  if (!isSilent(placed.part)) throw emptyPart(field)
}

/** Whose signatures do not open, Google's and clients' placeholders among them, are passed over. */
function openSealed(parts: readonly Placed[], { seal, caller }: GeminiContext): string | undefined {
  for (const { part } of parts) {
    const { thoughtSignature: signature } = part
    const opened = signature === undefined ? undefined : seal.open(urlBase64(signature), caller.keyId)
    if (opened !== undefined) return opened
  }
  return undefined
}
