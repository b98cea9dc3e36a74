import type { FastifyReply, FastifyRequest } from 'fastify'
import { mayUse, requireAccess, requireDialect } from '../chat/caller.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Hold, OpenEntry, Visit } from '../chat/visit.ts'
import type {
  DecodedSpeech,
  SpeechAnswer,
  SpeechDialect,
  SpeechRoute,
  TranscriptStream,
} from '../dialects/speech-dialect.ts'
import { tooLarge } from '../speech/take-upload.ts'
import type { TranscriptionService } from '../speech/transcription-service.ts'
import { joinInTurns } from '../wire/in-turns.ts'
import { sseHeaders } from '../wire/write-sse.ts'
import type { StreamTimes } from './answer.ts'
import type { AnyService } from './any-service.ts'
import { discardRest } from './rest-of-body.ts'
import { type Admit, callerOf, openSignal, openVisit, serveVisit } from './serving.ts'
import { type ReceivedSpeech, receiveForm, receiveInline, refuseLongForm } from './speech-upload.ts'
import { createStreamOut } from './stream-out.ts'

export interface ServeSpeechParts {
  readonly admit: Admit<AnyService>
  /** Those that a request on this route may mean; there is at least one. */
  readonly services: readonly TranscriptionService[]
  readonly openEntry: OpenEntry
  readonly holdUpload: HoldUpload
  readonly times: StreamTimes
}

/** Has a key's upload count before it is taken in. Throws `rate-limited`. */
export type HoldUpload = (visit: Pick<Visit, 'caller' | 'endUser'>) => Hold | undefined

export type ServeSpeech = (route: SpeechRoute, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Has requests of a dialect answered by a speech model. */
export function createServeSpeech<Echo>(dialect: SpeechDialect<Echo>, parts: ServeSpeechParts): ServeSpeech {
  const { admit, services, openEntry, holdUpload, times } = parts

  async function receive(request: FastifyRequest, reply: FastifyReply, usable: Usable): Promise<ReceivedSpeech> {
    const bytesMax = Math.max(...usable.map(({ uploadMaxBytes }) => uploadMaxBytes))
    const [{ uploads: folder }] = usable
    const upload = { folder, bytesMax, signal: openSignal(request, reply).signal }
    if (request.isMultipart()) {
      refuseLongForm(request, bytesMax)
      return receiveForm(request, upload)
    }
    if (dialect.decodeJson === undefined || request.body === undefined) throw formWanted()
    return receiveInline(dialect.decodeJson(request.body), upload)
  }

  async function serve(route: SpeechRoute, received: ReceivedSpeech, request: FastifyRequest, reply: FastifyReply) {
    const { fields, upload } = received
    const wanting = { kind: 'transcription', model: dialect.modelOf(fields), dialect: dialect.name } as const
    const { service, caller } = admit(request, wanting)
    if (upload.file.bytes > service.uploadMaxBytes) throw tooLarge(service.uploadMaxBytes)
    const decoded = dialect.decode(fields, route.task)
    const undertaking = { caller, service: service.name, dialect: dialect.name, streamed: decoded.streamed }
    const visit = openVisit(request, reply, openEntry, { ...undertaking, images: 0, audioSeconds: 0 })
    const serving = {
      dialect,
      decoded,
      visit,
      // Nothing of it is left when the answer is told.
      transcribe: () => service.serveTranscription({ ...decoded.wanted, upload }, visit).finally(upload.file.discard),
    }
    return serveVisit(visit, dialect.encodeError, () =>
      decoded.streamed ? answerStream(serving, request, reply, times) : answerWhole(serving, reply),
    )
  }

  return async (route, request, reply) => {
    const { arrival } = request
    arrival.dialect = dialect.name
    let hold: Hold | undefined
    let received: ReceivedSpeech | undefined
    try {
      const usable = usableBy(request, services, dialect.name)
      hold = holdUpload({ caller: callerOf(request), endUser: arrival.endUser ?? null })
      received = await receive(request, reply, usable)
      const upload = { ...received.upload, hold }
      const answer = await serve(route, { ...received, upload }, request, reply)
      discardRest(request.raw)
      return answer
    } finally {
      hold?.release()
      await received?.upload.file.discard()
    }
  }
}

type Usable = readonly [TranscriptionService, ...TranscriptionService[]]

/** Throws `forbidden-service` before the upload of somebody who may use none of them. */
function usableBy(request: FastifyRequest, services: readonly TranscriptionService[], dialect: string): Usable {
  const caller = callerOf(request)
  requireDialect(caller, dialect)
  const [first, ...rest] = services.filter(({ name }) => mayUse(caller, name))
  if (first !== undefined) return [first, ...rest]
  const [{ name: service } = { name: '' }] = services
  request.arrival.service = service
  requireAccess(caller, { service, models: () => [], dialect })
  throw new Error('A service that may not be used was let through.')
}

interface Serving<Echo> {
  readonly dialect: SpeechDialect<Echo>
  readonly decoded: DecodedSpeech<Echo>
  readonly visit: Visit
  transcribe(): ReturnType<TranscriptionService['serveTranscription']>
}

function answerOf<Echo>({ decoded, visit }: Serving<Echo>): SpeechAnswer<Echo> {
  return { echo: decoded.echo, task: decoded.wanted.task, seconds: visit.entry.audioSeconds }
}

async function answerWhole<Echo>(serving: Serving<Echo>, reply: FastifyReply): Promise<FastifyReply> {
  const { dialect, visit } = serving
  const transcript = await serving.transcribe()
  const { contentType, pieces } = dialect.encodeReply(transcript, answerOf(serving))
  const body = await joinInTurns(pieces)
  await visit.entry.record(200)
  return reply.headers(rateHeaders(serving)).header('content-type', contentType).send(body)
}

/** The status is held for a while, so that a failure may still have its own. */
async function answerStream<Echo>(
  serving: Serving<Echo>,
  { arrival }: FastifyRequest,
  reply: FastifyReply,
  times: StreamTimes,
): Promise<FastifyReply> {
  const { visit } = serving
  const frames = () => openFrames(serving)
  const out = createStreamOut(reply.raw, {
    headers: () => ({ ...sseHeaders, 'x-request-id': arrival.id, ...rateHeaders(serving) }),
    keepAlive: () => frames().keepAlive(),
    holdMs: times.firstEventHoldMs,
    keepAliveMs: times.keepAliveEveryMs,
    onOpen: () => reply.hijack(),
  })
  try {
    const transcript = await serving.transcribe()
    await visit.entry.record(200)
    out.end(frames().encode(transcript))
  } catch (thrown) {
    const failure = GatewayError.from(thrown)
    if (!out.isOpen()) throw failure
    arrival.failure = failure
    await visit.entry.record(200, failure)
    out.end(frames().fail(failure))
  } finally {
    out.stop()
  }
  return reply
}

function openFrames<Echo>(serving: Serving<Echo>): TranscriptStream {
  const stream = serving.dialect.openStream?.(answerOf(serving))
  if (stream === undefined) throw new Error(`The dialect ${serving.dialect.name} has no streams.`)
  return stream
}

function rateHeaders<Echo>({ dialect, visit: { allowance } }: Serving<Echo>): Readonly<Record<string, string>> {
  return allowance === undefined ? {} : dialect.encodeRate(allowance.rate())
}

export function formWanted(): GatewayError {
  const message = 'Send the audio as `file` in a form: `Content-Type: multipart/form-data`.'
  return new GatewayError('unsupported-media-type', message)
}
