import type { ChatEvents } from './chat-event.ts'
import type { ChatRequest } from './chat-request.ts'
import { GatewayError } from './gateway-error.ts'
import type { Allowance, Visit } from './visit.ts'

/** Puts into a request what it only names by address. Throws `invalid-request`, naming the field. */
export interface Media {
  inline(request: ChatRequest, visit: Visit): Promise<ChatRequest> | ChatRequest
}

/** Who waits for something, and the signal that ends the wait. */
export type Arriving = Pick<Visit, 'caller' | 'endUser' | 'signal'>

/** Fits a request to the model's context window, or refuses it with `context-overflow`, or `overloaded` where too many want to be measured. */
export interface ContextWindow {
  fit(request: ChatRequest, visit: Arriving): Promise<ChatRequest> | ChatRequest
}

/** Permission to run; `leave` gives it back, and hands it to the next in line. */
export interface Place {
  leave(): void
}

export interface Admission {
  /** Waits for a place, which each caller has a share of. Throws `overloaded`, or the signal's reason when the caller leaves the queue. */
  enter(visit: Arriving): Promise<Place> | Place
}

/** Lets a request in that its limits and its credits allow. */
export interface RequestLimits<Wanted = ChatRequest> {
  /** Undefined where nothing bounds it. Throws `rate-limited` or `out-of-credits`. */
  enter(visit: Visit, request: Wanted): Allowance | undefined
}

/**
 * Takes a batch of events that arrived together. A promise asks to wait until it is done before there are more; without
 * one nothing is waited for, so that a chunk goes from vLLM to the client within one turn of the event loop.
 */
export type DeliverEvents = (events: ChatEvents) => Promise<void> | undefined

/** The model servers of one service. Resolves when the answer is complete; failures are thrown. */
export interface ChatUpstream {
  answer(request: ChatRequest, visit: Visit, deliver: DeliverEvents): Promise<void>
}

export interface ChatParts {
  /** Only where the owner allows addresses. */
  readonly media?: Media | undefined
  readonly contextWindow: ContextWindow
  readonly limits?: RequestLimits | undefined
  readonly admission: Admission
  readonly upstream: ChatUpstream
}

/** Answers a request with events; throws GatewayError. The entry is settled whatever the end. */
export type ServeChat = (request: ChatRequest, visit: Visit, deliver: DeliverEvents) => Promise<void>

export function createServeChat({ media, contextWindow, limits, admission, upstream }: ChatParts): ServeChat {
  return async function serveChat(request, visit, deliver) {
    const { entry, signal } = visit
    let place: Place | undefined
    try {
      visit.allowance = limits?.enter(visit, request)
      const complete = media === undefined ? request : await media.inline(request, visit)
      const fitted = await contextWindow.fit(complete, visit)
      entry.noteMaxTokens(fitted.max_completion_tokens)
      place = await admission.enter(visit)
      entry.noteAdmitted()
      await upstream.answer(fitted, visit, (events) => {
        entry.note(events)
        return deliver(events)
      })
      entry.settle('completed')
    } catch (thrown) {
      const failure = GatewayError.from(signal.aborted ? signal.reason : thrown)
      entry.settle(failure.kind === 'abandoned' ? 'abandoned' : 'failed')
      throw failure
    } finally {
      place?.leave()
    }
  }
}
