import type { FastifyInstance } from 'fastify'

/** A route as the router has it. */
export interface RouterRoute {
  readonly method: string
  readonly url: string
}

/** Every route that the server gets from now on. To be called before any is added. */
export function listRoutes(app: FastifyInstance): readonly RouterRoute[] {
  const routes: RouterRoute[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, url })
  })
  return routes
}
