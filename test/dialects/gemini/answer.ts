import type { Answer } from '../../../src/dialects/dialect.ts'
import type { GeminiEcho } from '../../../src/dialects/gemini/decode-request.ts'
import { createToolNames } from '../../../src/dialects/tool-names.ts'
import { caller, seal } from '../answering.ts'

/** What an answer in these tests is called; a stream is one of server-sent events. */
export function answer(echo: Partial<GeminiEcho> = {}): Answer<GeminiEcho> {
  return {
    requestId: 'req1',
    model: 'gemini-3',
    caller,
    seal,
    echo: {
      includeThoughts: true,
      unwrapsEnum: false,
      sealsReasoning: false,
      toolNames: createToolNames(),
      stream: { framing: 'sse', endsWithDone: false, breaksOffOnFailure: false },
      ...echo,
    },
  }
}

// A test looks into replies of every shape; a wrong guess fails its expectation.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Told = any
