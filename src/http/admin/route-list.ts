import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True for routes that are there for the words in which they refuse: nobody is told of them. */
    refusesOnly?: boolean
  }
}

/** A route as the router has it. */
export interface RouterRoute {
  readonly method: string
  readonly url: string
  readonly refusesOnly: boolean
}

/** Every route that the server gets from now on. To be called before any is added. */
export function listRoutes(app: FastifyInstance): readonly RouterRoute[] {
  const routes: RouterRoute[] = []
  app.addHook('onRoute', ({ method, url, config: { refusesOnly = false } = {} }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, url, refusesOnly })
  })
  return routes
}
