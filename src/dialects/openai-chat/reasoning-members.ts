import type { ReasoningFields } from '../../chat/caller.ts'

/** How thinking is told under the names that a key's clients read; a delta is JSON text, and none where it is empty. */
interface ReasoningMembers {
  whole(text: string): { reasoning?: string; reasoning_content?: string }
  delta(text: string): string
}

export const reasoningMembers = {
  both: {
    whole: (text) => ({ reasoning: text, reasoning_content: text }),
    delta(text) {
      const json = JSON.stringify(text)
      return `{"reasoning":${json},"reasoning_content":${json}}`
    },
  },
  reasoning_content: {
    whole: (text) => ({ reasoning_content: text }),
    delta: (text) => `{"reasoning_content":${JSON.stringify(text)}}`,
  },
  reasoning: { whole: (text) => ({ reasoning: text }), delta: (text) => `{"reasoning":${JSON.stringify(text)}}` },
  none: { whole: () => ({}), delta: () => '' },
} satisfies Record<ReasoningFields, ReasoningMembers>
