import type { ChatPolicy } from '../../chat/chat-policy.ts'
import type { ChatMessage } from '../../chat/chat-request.ts'
import { blockGap } from './text-parts.ts'
import { describeChange } from './tool-changes.ts'
import type { WireSystemBlock } from './wire-blocks.ts'
import type { WireRequest } from './wire-request.ts'

/** Claude Code's, another one in every conversation: as the first words of all, no two prompts would begin alike. */
const billingHeader = /^\s*x-anthropic-billing-header:[^\n]*(?:\n+|$)/

/** The system prompt as one message, whether it was sent as a string or as blocks. */
export function decodeSystem({ system }: WireRequest, { stripBillingHeader = true }: ChatPolicy): ChatMessage[] {
  const text = joinBlocks(system ?? '', stripBillingHeader ? withoutBillingHeader : undefined)
  return text === '' ? [] : [{ role: 'system', content: text }]
}

function withoutBillingHeader(text: string): string {
  return text.replace(billingHeader, '')
}

export function joinBlocks(content: string | readonly WireSystemBlock[], clean = (text: string) => text): string {
  if (typeof content === 'string') return clean(content)
  return content
    .map((block) => clean(textOf(block)))
    .filter((text) => text !== '')
    .join(blockGap)
}

function textOf(block: WireSystemBlock): string {
  switch (block.type) {
    case 'text':
      return block.text
    case 'tool_addition':
    case 'tool_removal':
      return describeChange(block)
    case 'other':
      return ''
    default:
      return block satisfies never
  }
}
