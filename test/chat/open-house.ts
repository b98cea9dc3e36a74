import { createPlaces, type Places } from '../../src/admission/places.ts'
import type { ChatEvents } from '../../src/chat/chat-event.ts'
import type { ChatRequest } from '../../src/chat/chat-request.ts'
import { type ChatParts, createServeChat, type ServeChat } from '../../src/chat/serve-chat.ts'
import type { Visit } from '../../src/chat/visit.ts'
import { deliveriesOf, delivering } from '../support/deliveries.ts'
import type { OpenVisit } from './open-visit.ts'

export const request: ChatRequest = {
  messages: [{ role: 'user', content: 'Hi' }],
  max_completion_tokens: 500,
  chat_template_kwargs: { enable_thinking: false },
}

export const batches: readonly ChatEvents[] = [
  [{ type: 'start', created: 1 }],
  [
    { type: 'text-start', choice: 0 },
    { type: 'text-delta', choice: 0, text: 'Hi' },
  ],
  [
    { type: 'text-end', choice: 0 },
    { type: 'finish', choice: 0, reason: 'stop', stopString: null },
  ],
]

export interface OpenHouse {
  readonly places: Places
  readonly serveChat: ServeChat
  /** Serves to the end. */
  serve(visit: OpenVisit): Promise<ChatEvents[]>
}

/** A house with one place; `answer` is what its model server does. */
export function openHouse(
  answer: (request: ChatRequest, visit: Visit) => AsyncIterable<ChatEvents>,
  fit: ChatParts['contextWindow']['fit'] = () => request,
  media?: ChatParts['media'],
): OpenHouse {
  const places = createPlaces({ placesMax: 1, queueMax: 1, waitMaxMs: 60_000 })
  const serveChat = createServeChat({
    media,
    contextWindow: { fit },
    admission: places,
    upstream: { answer: delivering(answer) },
  })
  return {
    places,
    serve: (visit: OpenVisit) => deliveriesOf((deliver) => serveChat(request, visit, deliver)),
    serveChat,
  }
}

export async function* answerWell(): AsyncGenerator<ChatEvents> {
  yield* batches
}
