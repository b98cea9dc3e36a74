import type { FastifyRequest } from 'fastify'
import { bounds } from '../chat/bounds.ts'
import type { Caller } from '../chat/caller.ts'
import type { ChatRequest, ContentPart } from '../chat/chat-request.ts'
import { countImages } from '../chat/count-images.ts'
import type { Opening } from '../chat/visit.ts'
import { audioSeconds } from '../wire/audio-seconds.ts'

/** What has been found out of a request once it is decoded. */
export interface Admitted {
  readonly caller: Caller
  readonly service: string
  readonly dialect: string
  readonly streamed: boolean
  readonly wanted: ChatRequest
}

/** What the ledger is told of a request at the door. */
export function openingOf({ arrival, routeOptions }: FastifyRequest, admitted: Admitted): Opening {
  const { caller, service, dialect, streamed, wanted } = admitted
  return {
    id: arrival.id,
    keyId: caller.keyId,
    keyName: caller.keyName,
    endUser: arrival.endUser ?? null,
    service,
    dialect,
    route: routeOptions.url ?? '',
    streamed,
    startedAtMs: Date.now(),
    images: countImages(wanted.messages),
    audioSeconds: audioSecondsIn(wanted.messages),
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
  return part.type === 'input_audio' ? audioSeconds(part.input_audio.data, bounds.audioSeconds) : 0
}
