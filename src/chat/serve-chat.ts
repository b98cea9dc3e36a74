import type { ChatEvents } from './chat-event.ts'
import type { ChatRequest } from './chat-request.ts'
import { GatewayError } from './gateway-error.ts'
import type { Visit } from './visit.ts'

/** Fits a request to the model's context window, or refuses it with `context-overflow`. */
export interface ContextWindow {
  fit(request: ChatRequest, signal: AbortSignal): Promise<ChatRequest> | ChatRequest
}

/** Permission to run; `leave` gives it back, and hands it to the next in line. */
export interface Place {
  leave(): void
}

export interface Admission {
  /** Waits for a place. Throws `overloaded`, or the signal's reason when the caller leaves the queue. */
  enter(visit: Visit): Promise<Place> | Place
}

/** The model servers of one service. Events come in batches that arrived together; failures are thrown. */
export interface ChatUpstream {
  answer(request: ChatRequest, visit: Visit): AsyncIterable<ChatEvents>
}

export interface ChatParts {
  readonly contextWindow: ContextWindow
  readonly admission: Admission
  readonly upstream: ChatUpstream
}

/** Answers a request with events; throws GatewayError. The entry is settled whatever the end. */
export type ServeChat = (request: ChatRequest, visit: Visit) => AsyncIterable<ChatEvents>

export function createServeChat({ contextWindow, admission, upstream }: ChatParts): ServeChat {
  return async function* serveChat(request, visit) {
    const { entry, signal } = visit
    let place: Place | undefined
    try {
      const fitted = await contextWindow.fit(request, signal)
      entry.noteMaxTokens(fitted.max_completion_tokens)
      place = await admission.enter(visit)
      entry.noteAdmitted()
      for await (const events of upstream.answer(fitted, visit)) {
        entry.note(events)
        yield events
      }
      entry.settle('completed')
    } catch (thrown) {
      const failure = GatewayError.from(signal.aborted ? signal.reason : thrown)
      entry.settle(failure.kind === 'abandoned' ? 'abandoned' : 'failed')
      throw failure
    } finally {
      entry.settle('abandoned')
      place?.leave()
    }
  }
}
