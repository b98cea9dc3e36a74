import { createSseReader, SseEventTooLong } from '../wire/read-sse.ts'
import { type Answer, keepAnswer } from './answer.ts'
import { ClientError } from './client-error.ts'
import { connectionFailure } from './connection-failure.ts'
import type { Question } from './conversation.ts'
import type { Piece } from './piece.ts'
import { send } from './send.ts'
import type { Server } from './server.ts'

/** In characters; whole images may stand in one event. */
const eventMaxLength = 32 * 1024 * 1024

export interface Listener {
  /** Called with each piece as it comes. */
  hear(piece: Piece): void
  /** When it is aborted, the answer is what has come until then, and its finish is `interrupted`. */
  readonly signal: AbortSignal
}

/** Asks, and lets the listener hear the answer while it comes. Throws ClientError. */
export async function ask(server: Server, model: string, question: Question, listener: Listener): Promise<Answer> {
  const { dialect } = server
  const { signal } = listener
  const keeper = keepAnswer(() => performance.now())
  const read = dialect.openReader()
  try {
    const errand = { method: 'POST', path: dialect.path(model), body: dialect.body(model, question), signal } as const
    for await (const event of readEvents(await send(server, errand), server)) {
      for (const piece of read(event)) {
        keeper.add(piece)
        listener.hear(piece)
      }
    }
  } catch (thrown) {
    if (signal.aborted) return keeper.settle('interrupted')
    throw thrown
  }
  const answer = keeper.settle()
  if (answer.finish === undefined) throw new ClientError('The answer ended before its end.')
  return answer
}

/** The JSON of every event; the `[DONE]` that some servers end with is left out. */
async function* readEvents({ body, headers }: Response, server: Server): AsyncGenerator<unknown> {
  if (body === null || !headers.get('content-type')?.startsWith('text/event-stream')) {
    await body?.cancel()
    throw new ClientError('The server answers without a stream. Is --base-url right for this --dialect?')
  }
  const reader = createSseReader(eventMaxLength)
  try {
    for await (const bytes of body) {
      for (const data of reader.read(bytes)) if (data !== '[DONE]') yield parse(data)
    }
  } catch (thrown) {
    if (thrown instanceof ClientError) throw thrown
    if (thrown instanceof SseEventTooLong) throw new ClientError('The server sent more at once than can be read.')
    throw connectionFailure(thrown, new URL(server.root))
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    throw new ClientError('The server sent an event that is not JSON.')
  }
}
