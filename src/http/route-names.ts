import type { Services } from '../chat/services.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** The routes as they are told to people, each in its first spelling. */
export function routeNames({
  services,
  dialects,
}: {
  readonly services: Services
  readonly dialects: readonly Dialect[]
}): string[] {
  const below = (prefix: string) => [...dialects.flatMap((dialect) => namesOf(dialect, prefix)), ...modelNames(prefix)]
  const prefixed = services.all.flatMap(({ name }) => [...below(`/${name}`), `GET /${name}/health`])
  return [...below(''), 'GET /health', 'GET /livez', 'GET /readyz', ...prefixed]
}

function namesOf({ routes, ownRoutes = [] }: Dialect, prefix: string): string[] {
  const shown = routes.map(({ shown, versions, path }) => `POST ${prefix}${shown ?? `${versions[0] ?? ''}${path}`}`)
  const own = ownRoutes.map(({ method, versions, path }) => `${method} ${prefix}${versions[0] ?? ''}${path}`)
  return [...shown, ...own]
}

function modelNames(prefix: string): string[] {
  return [`GET ${prefix}/v1/models`, `GET ${prefix}/v1/models/{id}`]
}
