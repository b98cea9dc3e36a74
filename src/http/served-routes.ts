import type { Service, ServiceKind } from '../chat/services.ts'
import type { DialectRoute, OwnRoute, Purpose, SpokenDialect } from '../dialects/dialect.ts'

/** What may be asked of a service in the dialects; speech has dialects of its own. */
const purposesOfKind: Readonly<Record<ServiceKind, readonly Purpose[]>> = {
  chat: ['answer', 'count-tokens'],
  embeddings: ['embed'],
  transcription: [],
}

/** What any of these services may be asked for in the dialects. */
export function purposesOf(services: readonly Service[]): readonly Purpose[] {
  return services.flatMap(({ kind }) => purposesOfKind[kind])
}

/** False where a route can only refuse. Where the path decides what is wanted, it may be anything that is served. */
export function isServed({ purpose }: DialectRoute, served: readonly Purpose[]): boolean {
  return typeof purpose === 'string' ? served.includes(purpose) : served.length > 0
}

/** A dialect's routes that no model answers tell of answers, as long as there are any. */
export function servedOwnRoutes({ ownRoutes = [] }: SpokenDialect, served: readonly Purpose[]): readonly OwnRoute[] {
  return served.includes('answer') ? ownRoutes : []
}
