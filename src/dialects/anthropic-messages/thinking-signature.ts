import type { Caller } from '../../chat/caller.ts'
import type { Seal } from '../seal.ts'
import type { WireAssistantBlock } from './wire-blocks.ts'

interface Sealing {
  readonly seal: Seal
  readonly caller: Caller
}

/** Thinking that is not shown travels in its signature; where it is shown, the signature only has to be there. */
export function signThinking(thinking: string, isShown: boolean, { seal, caller }: Sealing): string {
  return seal.close(isShown ? '' : thinking, caller.keyId)
}

/** The thinking of one message, in words or out of our own signatures; those of others are passed over. */
export function openThinking(blocks: readonly WireAssistantBlock[], sealing: Sealing): string | undefined {
  const thoughts = blocks.map((block) => thoughtOf(block, sealing)).filter((thought) => thought !== '')
  return thoughts.length === 0 ? undefined : thoughts.join('\n')
}

function thoughtOf(block: WireAssistantBlock, { seal, caller: { keyId } }: Sealing): string {
  switch (block.type) {
    case 'thinking':
      return block.thinking || (seal.open(block.signature ?? '', keyId) ?? '')
    case 'redacted_thinking':
      return seal.open(block.data, keyId) ?? ''
    default:
      return ''
  }
}
