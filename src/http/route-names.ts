import type { Services } from '../chat/services.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** The routes as they are told to people, each in its first spelling, such as `POST /v1/chat/completions`. */
export interface RouteNames {
  readonly root: readonly string[]
  /** By the service whose prefix they are below. */
  readonly below: ReadonlyMap<string, readonly string[]>
}

export function routeNames({
  services,
  dialects,
  own,
}: {
  readonly services: Services
  readonly dialects: readonly Dialect[]
  /** The gateway's own, which are no dialect's. */
  readonly own: readonly string[]
}): RouteNames {
  const namesBelow = (prefix: string) => [
    ...dialects.flatMap((dialect) => namesOf(dialect, prefix)),
    ...modelNames(prefix),
  ]
  const below = services.all.map(({ name }) => [name, [...namesBelow(`/${name}`), `GET /${name}/health`]] as const)
  return { root: [...namesBelow(''), ...own, 'GET /health', 'GET /livez', 'GET /readyz'], below: new Map(below) }
}

function namesOf({ routes, ownRoutes = [] }: Dialect, prefix: string): string[] {
  const shown = routes.flatMap(({ shown, versions, path }) =>
    (shown ?? [`${versions[0] ?? ''}${path}`]).map((told) => `POST ${prefix}${told}`),
  )
  const own = ownRoutes.map(({ method, versions, path }) => `${method} ${prefix}${versions[0] ?? ''}${path}`)
  return [...shown, ...own]
}

function modelNames(prefix: string): string[] {
  return ['/v1/models', '/v1/models/{id}', '/v1beta/models'].map((path) => `GET ${prefix}${path}`)
}
