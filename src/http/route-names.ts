import type { Services } from '../chat/services.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { usageRouteNames } from './usage-routes.ts'

/** The routes as they are told to people, each in its first spelling, such as `POST /v1/chat/completions`. */
export interface RouteNames {
  readonly root: readonly string[]
  /** By the service whose prefix they are below. */
  readonly below: ReadonlyMap<string, readonly string[]>
}

export function routeNames({
  services,
  dialects,
  ledger,
}: {
  readonly services: Services
  readonly dialects: readonly Dialect[]
  readonly ledger: unknown
}): RouteNames {
  const namesBelow = (prefix: string) => [
    ...dialects.flatMap((dialect) => namesOf(dialect, prefix)),
    ...modelNames(prefix),
  ]
  const below = services.all.map(({ name }) => [name, [...namesBelow(`/${name}`), `GET /${name}/health`]] as const)
  const usage = ledger === undefined ? [] : usageRouteNames
  const root = [...namesBelow(''), ...usage, 'GET /health', 'GET /livez', 'GET /readyz']
  return { root, below: new Map(below) }
}

function namesOf({ routes, ownRoutes = [] }: Dialect, prefix: string): string[] {
  const shown = routes.map(({ shown, versions, path }) => `POST ${prefix}${shown ?? `${versions[0] ?? ''}${path}`}`)
  const own = ownRoutes.map(({ method, versions, path }) => `${method} ${prefix}${versions[0] ?? ''}${path}`)
  return [...shown, ...own]
}

function modelNames(prefix: string): string[] {
  return [`GET ${prefix}/v1/models`, `GET ${prefix}/v1/models/{id}`]
}
