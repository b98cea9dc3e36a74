import type { Service, Services } from '../chat/services.ts'
import type { Asked, DialectRoute, Purpose, SpokenDialect } from '../dialects/dialect.ts'
import type { SpeechDialect } from '../dialects/speech-dialect.ts'
import { purposesOf, servedOwnRoutes } from './served-routes.ts'

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
  const namesBelow = (prefix: string, served: readonly Service[]) => {
    const purposes = purposesOf(served)
    return [
      ...dialects.flatMap((dialect) => namesOf(dialect, prefix, purposes)),
      ...(served.some(({ kind }) => kind === 'transcription') ? speechNames(speechDialects, prefix) : []),
      ...modelNames(prefix),
    ]
  }
  const below = services.all.map((service) => {
    const { name } = service
    return [name, [...namesBelow(`/${name}`, [service]), `GET /${name}/health`]] as const
  })
  return {
    root: [...namesBelow('', services.all), ...own, 'GET /health', 'GET /livez', 'GET /readyz'],
    below: new Map(below),
  }
}

function namesOf(dialect: SpokenDialect, prefix: string, served: readonly Purpose[]): string[] {
  const shown = dialect.routes.flatMap((route) => {
    const { shown: spellings = [`${route.versions[0] ?? ''}${route.path}`] } = route
    const told = spellings.filter((spelling) => served.includes(purposeOf(route, spelling)))
    return told.map((spelling) => `POST ${prefix}${spelling}`)
  })
  const told = servedOwnRoutes(dialect, served).filter(({ refusesOnly = false }) => !refusesOnly)
  return [...shown, ...told.map(({ method, versions, path }) => `${method} ${prefix}${versions[0] ?? ''}${path}`)]
}

/** Where the path decides, it is asked as the spelling has it. */
function purposeOf({ purpose }: DialectRoute, spelling: string): Purpose {
  if (typeof purpose === 'string') return purpose
  const asked: Asked = { body: undefined, path: spelling.slice(spelling.lastIndexOf('/') + 1), query: {}, headers: {} }
  return purpose(asked)
}

function speechNames(dialects: readonly SpeechDialect[], prefix: string): string[] {
  return dialects.flatMap(({ routes }) =>
    routes.map(({ versions, path }) => `POST ${prefix}${versions[0] ?? ''}${path}`),
  )
}

function modelNames(prefix: string): string[] {
  return ['/v1/models', '/v1/models/{id}', '/v1beta/models'].map((path) => `GET ${prefix}${path}`)
}
