import type { FastifyReply, FastifyRequest } from 'fastify'
import { bounds } from '../chat/bounds.ts'
import { policyFor } from '../chat/caller.ts'
import type { ChatRequest, ContentPart } from '../chat/chat-request.ts'
import { countImages } from '../chat/count-images.ts'
import type { DeliverEvents } from '../chat/serve-chat.ts'
import type { Asked, Dialect } from '../dialects/dialect.ts'
import { audioSeconds } from '../wire/audio-seconds.ts'
import { answerStream, answerWhole } from './answer.ts'
import type { AnyService } from './any-service.ts'
import type { DialectParts } from './dialect-scope.ts'
import { jsonType } from './failures.ts'
import { type Admit, openSignal, openVisit, serveVisit } from './serving.ts'

export type ServeAsked = (asked: Asked, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Has requests of a dialect answered by a chat model. */
export function createServeAnswer<Echo>(
  dialect: Dialect<Echo>,
  admit: Admit<AnyService>,
  { seal, openEntry, times }: DialectParts,
): ServeAsked {
  return async (asked, request, reply) => {
    const { arrival } = request
    const wanting = { kind: 'chat', model: dialect.modelOf(asked), dialect: dialect.name } as const
    const { service, caller, model } = admit(request, wanting)
    const decoding = dialect.decode(asked, { policy: policyFor(caller, service.policy), caller, seal })
    const { request: wanted, streamed, echo, headers } = decoding instanceof Promise ? await decoding : decoding
    if (headers !== undefined) reply.headers(headers)
    const media = { images: countImages(wanted.messages), audioSeconds: audioSecondsIn(wanted.messages) }
    const visit = openVisit(request, reply, openEntry, {
      ...media,
      ...{ caller, service: service.name, dialect: dialect.name, streamed },
    })
    const serve = (deliver: DeliverEvents) => service.serveChat(wanted, visit, deliver)
    const answer = { echo, requestId: arrival.id, model, caller, seal }
    const answering = { serve, dialect, answer, arrival, visit }
    return serveVisit(visit, dialect.encodeError, () =>
      streamed ? answerStream(reply, answering, times) : answerWhole(reply, answering),
    )
  }
}

/** Counts the tokens of a request's prompt, for dialects that ask for it. */
export function createServeCount<Echo>(
  dialect: Dialect<Echo>,
  admit: Admit<AnyService>,
  { seal }: DialectParts,
): ServeAsked {
  return async (asked, request, reply) => {
    const { countTokens: count } = dialect
    if (count === undefined) throw new Error(`The dialect ${dialect.name} counts no tokens.`)
    const wanting = { kind: 'chat', model: dialect.modelOf(asked), dialect: dialect.name } as const
    const { service, caller } = admit(request, wanting)
    const wanted = await count.decode(asked, { policy: policyFor(caller, service.policy), caller, seal })
    const { signal } = openSignal(request, reply)
    const { endUser = null } = request.arrival
    const tokens = await service.countTokens(wanted, { caller, service: service.name, endUser, signal })
    return reply.type(jsonType).send(count.encode(tokens))
  }
}

function audioSecondsIn(messages: ChatRequest['messages']): number {
  let seconds = 0
  for (const { content } of messages) {
    if (typeof content !== 'string') for (const part of content ?? []) seconds += secondsOf(part)
  }
  return seconds
}

function secondsOf(part: ContentPart): number {
  return part.type === 'input_audio' ? audioSeconds(part.input_audio, bounds.audioSeconds) : 0
}
