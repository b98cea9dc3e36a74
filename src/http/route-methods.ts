import type { RouterRoute } from './admin/route-list.ts'

/** The methods of the routes that a path belongs to, for `Allow`; none where it belongs to none. */
export type MethodsOf = (path: string) => readonly string[]

/** Reads the routes at the first question, when all of them are there. */
export function createMethodsOf(routes: readonly RouterRoute[]): MethodsOf {
  let index: RouteIndex | undefined
  return (path) => {
    index ??= indexOf(routes)
    const plain = plainPath(path)
    const patterned = index.patterns.filter(({ pattern }) => pattern.test(plain)).map(({ method }) => method)
    const methods = new Set([...(index.paths.get(plain) ?? []), ...patterned])
    return methods.size === 0 ? [] : withImplied(methods)
  }
}

interface RouteIndex {
  readonly paths: ReadonlyMap<string, readonly string[]>
  /** Routes with a parameter or a rest in them. */
  readonly patterns: readonly { readonly pattern: RegExp; readonly method: string }[]
}

function indexOf(routes: readonly RouterRoute[]): RouteIndex {
  const [plain, patterned] = [false, true].map((wanted) => routes.filter(({ url }) => /[:*]/.test(url) === wanted))
  const byPath = Map.groupBy(plain ?? [], ({ url }) => plainPath(url))
  return {
    paths: new Map([...byPath].map(([path, those]) => [path, those.map(({ method }) => method)] as const)),
    patterns: (patterned ?? []).map(({ method, url }) => ({ method, pattern: compile(url) })),
  }
}

/** As the router takes paths: without slashes too many. */
function plainPath(path: string): string {
  const single = path.replaceAll(/\/{2,}/g, '/')
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single
}

function compile(url: string): RegExp {
  const parts = plainPath(url).split('/').map(compilePart)
  return new RegExp(`^${parts.join('/')}$`)
}

function compilePart(part: string): string {
  if (part === '*') return '.+'
  return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
}

/** HEAD goes wherever GET does, and what a route allows may always be asked. */
function withImplied(methods: ReadonlySet<string>): readonly string[] {
  return [...new Set([...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'])].toSorted()
}
