import type { OpenEntry } from '../chat/visit.ts'
import type { SpokenDialect } from '../dialects/dialect.ts'
import type { EmbeddingsCodec } from '../dialects/embeddings-codec.ts'
import { joinInTurns } from '../wire/in-turns.ts'
import type { AnyService } from './any-service.ts'
import { jsonType } from './failures.ts'
import type { ServeAsked } from './serve-answer.ts'
import { type Admit, openVisit, serveVisit } from './serving.ts'

/** Has requests of a dialect answered by an embedding model. */
export function createServeEmbeddings(
  dialect: SpokenDialect,
  codec: EmbeddingsCodec,
  admit: Admit<AnyService>,
  openEntry: OpenEntry,
): ServeAsked {
  return async (asked, request, reply) => {
    const wanting = { kind: 'embeddings', model: dialect.modelOf(asked), dialect: dialect.name } as const
    const { service, caller, model } = admit(request, wanting)
    const { request: wanted, echo } = codec.decode(asked, service.policy)
    const visit = openVisit(request, reply, openEntry, {
      ...{ caller, service: service.name, dialect: dialect.name },
      ...{ streamed: false, images: 0, audioSeconds: 0 },
    })
    return serveVisit(visit, dialect.encodeError, async () => {
      const embedded = await service.serveEmbeddings(wanted, visit)
      const body = await joinInTurns(codec.encodeReply(embedded, { echo, model }))
      await visit.entry.record(200)
      const { allowance } = visit
      if (allowance !== undefined) reply.headers(dialect.encodeRate?.(allowance.rate(), Date.now()) ?? {})
      return reply.type(jsonType).send(body)
    })
  }
}
