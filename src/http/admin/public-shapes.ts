import type { WireShapes } from '../../dialects/dialect.ts'

/** What is sent to the routes that models answer, and what comes back where that fails; by the route as the router has it. */
export type PublicShapes = ReadonlyMap<string, WireShapes>

/** As much of a dialect, of any kind of service, as is looked at here. */
interface Shaped {
  readonly routes: readonly { readonly path: string; readonly versions: readonly string[] }[]
  readonly shapes?: WireShapes
}

/** A prefix is empty, or a service's. */
export function publicShapes(dialects: readonly Shaped[], prefixes: readonly string[]): PublicShapes {
  const shapesOf = ({ routes, shapes }: Shaped) =>
    shapes === undefined
      ? []
      : routes.flatMap(({ path, versions }) =>
          versions.flatMap((version) => prefixes.map((prefix) => [`POST ${prefix}${version}${path}`, shapes] as const)),
        )
  return new Map(dialects.flatMap(shapesOf))
}
