import type { MessagesEcho } from '../../../src/dialects/anthropic-messages/decode-request.ts'
import type { Answer } from '../../../src/dialects/dialect.ts'
import { createToolNames } from '../../../src/dialects/tool-names.ts'
import { createSseReader } from '../../../src/wire/read-sse.ts'
import { caller, seal } from '../answering.ts'

/** What an answer in these tests is called. */
export function answer(echo: Partial<MessagesEcho> = {}): Answer<MessagesEcho> {
  return {
    requestId: 'req_1',
    model: 'claude-sonnet',
    caller,
    seal,
    echo: { toolNames: createToolNames(), showsThinking: true, maxTokens: 1024, ...echo },
  }
}

// A test looks into replies of every shape; a wrong guess fails its expectation.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Told = any

/** Takes a stream apart; throws for anything but frames whose `event:` line names the type of their data. */
export function readFrames(stream: string): Told[] {
  const frames = stream.split('\n\n')
  if (frames.pop() !== '') throw new Error('The stream ends in the middle of a frame.')
  return frames.map((frame) => {
    const [, type, json = ''] = /^event: (.+)\ndata: (.+)$/.exec(frame) ?? []
    const [data] = createSseReader(1_000_000).read(Buffer.from(`data: ${json}\n\n`))
    const told: Told = JSON.parse(data ?? '')
    if (told.type !== type) throw new Error(`This is no frame: ${frame}`)
    return told
  })
}
