import type { Answer } from '../../../src/dialects/dialect.ts'
import type { ChatEcho } from '../../../src/dialects/openai-chat/decode-request.ts'

import { caller, seal } from '../answering.ts'

/** What an answer in these tests is called. */
export function answer(echo: Partial<ChatEcho> = {}): Answer<ChatEcho> {
  return {
    caller,
    seal,
    requestId: 'req1',
    model: 'gpt-5',
    echo: {
      includeUsage: false,
      reasoningFields: 'both',
      namedToolChoice: false,
      customTools: new Set(),
      asFunctions: false,
      ...echo,
    },
  }
}
