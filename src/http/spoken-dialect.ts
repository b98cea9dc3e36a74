import type { FastifyRequest } from 'fastify'
import type { SpokenDialect } from '../dialects/dialect.ts'

/** Tells which dialect a request speaks where its route does not say: the first that claims it, or else the first. */
export function createSpokenDialect(
  dialects: readonly [SpokenDialect, ...SpokenDialect[]],
): (request: FastifyRequest) => SpokenDialect {
  const [usual] = dialects
  return ({ raw, headers, query }) => {
    const [address = ''] = (raw.url ?? '').split('?', 1)
    const clues = { address, headers, query: queryOf(query) }
    return dialects.find(({ claims }) => claims?.(clues) === true) ?? usual
  }
}

const noQuery = {}

export function queryOf(query: unknown): Readonly<Record<string, unknown>> {
  // Fastify's parser gives an object of strings and lists.
  return typeof query === 'object' && query !== null ? (query as Record<string, unknown>) : noQuery
}
