import type { WireSystemBlock, WireToolResult, WireUserBlock } from './wire-blocks.ts'
import type { WireMessage } from './wire-request.ts'

/** A block that makes a tool available, or takes it away, from its place in the conversation on. */
export type WireToolChange =
  | Extract<WireSystemBlock, { type: 'tool_addition' | 'tool_removal' }>
  | Extract<Exclude<NonNullable<WireToolResult['content']>, string>[number], { type: 'tool_reference' }>

/** The word that the model is told of it; it is shown the tool itself among the others. */
export function describeChange(change: WireToolChange): string {
  const name = nameOf(change) ?? 'of another kind'
  return `Tool ${name} is ${change.type === 'tool_removal' ? 'no longer' : 'now'} available.`
}

/** Tools that were made available in a conversation, or taken away; the last word on each counts. */
export function toolChangesIn(messages: readonly WireMessage[]): ReadonlyMap<string, boolean> {
  const changes = new Map<string, boolean>()
  for (const change of messages.flatMap(changesOf)) {
    const name = nameOf(change)
    if (name !== undefined) changes.set(name, change.type !== 'tool_removal')
  }
  return changes
}

function nameOf(change: WireToolChange): string | undefined {
  if (change.type === 'tool_reference') return change.tool_name
  return change.tool.type === 'tool_reference' ? (change.tool.name ?? undefined) : undefined
}

function changesOf(message: WireMessage): WireToolChange[] {
  if (message.role === 'assistant' || typeof message.content === 'string') return []
  return message.content.flatMap(changesIn)
}

function changesIn(block: WireUserBlock | WireSystemBlock): WireToolChange[] {
  switch (block.type) {
    case 'tool_addition':
    case 'tool_removal':
      return [block]
    case 'tool_result':
      return typeof block.content === 'object' ? referencesIn(block.content ?? []) : []
    default:
      return []
  }
}

function referencesIn(blocks: Exclude<NonNullable<WireToolResult['content']>, string>): WireToolChange[] {
  return blocks.filter((block) => block.type === 'tool_reference')
}
