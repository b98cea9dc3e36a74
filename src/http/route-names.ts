import type { Service, Services } from '../chat/services.ts'
import type { SpokenDialect } from '../dialects/dialect.ts'
import type { SpeechDialect } from '../dialects/speech-dialect.ts'

/** The routes as they are told to people, each in its first spelling, such as `POST /v1/chat/completions`. */
export interface RouteNames {
  readonly root: readonly string[]
  /** By the service whose prefix they are below. */
  readonly below: ReadonlyMap<string, readonly string[]>
}

export function routeNames({
  services,
  dialects,
  speechDialects,
  own,
}: {
  readonly services: Services
  readonly dialects: readonly SpokenDialect[]
  readonly speechDialects: readonly SpeechDialect[]
  /** The gateway's own, which are no dialect's. */
  readonly own: readonly string[]
}): RouteNames {
  const namesBelow = (prefix: string, served: readonly Service[]) => [
    ...dialects.flatMap((dialect) => (isServed(dialect, served) ? namesOf(dialect, prefix) : [])),
    ...(served.some(({ kind }) => kind === 'transcription') ? speechNames(speechDialects, prefix) : []),
    ...modelNames(prefix),
  ]
  const below = services.all.map((service) => {
    const { name } = service
    return [name, [...namesBelow(`/${name}`, [service]), `GET /${name}/health`]] as const
  })
  return {
    root: [...namesBelow('', services.all), ...own, 'GET /health', 'GET /livez', 'GET /readyz'],
    below: new Map(below),
  }
}

/** Vectors are of no use to tell of where nobody makes them; talking is what the gateway is there for. */
function isServed({ routes }: SpokenDialect, served: readonly Service[]): boolean {
  return served.some(({ kind }) => kind === 'embeddings') || routes.some(({ purpose }) => purpose !== 'embed')
}

function namesOf({ routes, ownRoutes = [] }: SpokenDialect, prefix: string): string[] {
  const shown = routes.flatMap(({ shown, versions, path }) =>
    (shown ?? [`${versions[0] ?? ''}${path}`]).map((told) => `POST ${prefix}${told}`),
  )
  const own = ownRoutes.map(({ method, versions, path }) => `${method} ${prefix}${versions[0] ?? ''}${path}`)
  return [...shown, ...own]
}

function speechNames(dialects: readonly SpeechDialect[], prefix: string): string[] {
  return dialects.flatMap(({ routes }) =>
    routes.map(({ versions, path }) => `POST ${prefix}${versions[0] ?? ''}${path}`),
  )
}

function modelNames(prefix: string): string[] {
  return ['/v1/models', '/v1/models/{id}', '/v1beta/models'].map((path) => `GET ${prefix}${path}`)
}
