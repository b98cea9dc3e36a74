import type * as z from 'zod'
import type { Caller } from '../../chat/caller.ts'
import { describeMismatch } from '../../chat/describe-mismatch.ts'

/** What is said of a route of the gateway's own. */
export interface ApiWords {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** As Fastify spells it, such as `/admin/v1/keys/:id`. */
  readonly url: string
  readonly summary: string
  readonly tag: string
  readonly needs: Need
  /** Of success. */
  readonly status: 200 | 201
  readonly schemas: ApiSchemas
}

/** A route of the gateway's own API: what it takes, what it gives and what it is for, in one piece. */
export interface ApiRoute extends ApiWords {
  /** Resolves with what is told as JSON. Throws GatewayError. */
  run(asked: RawRequest): Promise<unknown>
}

/** Who may ask: any key, those that manage users' keys, or administrators alone. */
export type Need = 'key' | 'operator' | 'admin'

interface ApiSchemas {
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly answer: z.ZodType
}

interface RawRequest {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly caller: Caller
}

interface RouteParts<Params, Query, Body> extends Pick<ApiRoute, 'method' | 'url' | 'summary' | 'tag' | 'needs'> {
  readonly status?: ApiRoute['status']
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly body?: z.ZodType<Body>
  readonly answer: z.ZodType
  /** Throws for what is asked of something that is not there: that is told before what the body lacks. */
  find?(asked: { params: Params; body: unknown }): void
  run(asked: { params: Params; query: Query; body: Body; caller: Caller }): unknown
}

/** Checks what comes in by its schema, so that `run` only sees what fits. */
export function apiRoute<Params = undefined, Query = undefined, Body = undefined>(
  parts: RouteParts<Params, Query, Body>,
): ApiRoute {
  const { method, url, summary, tag, needs, status = 200, params, query, body, answer } = parts
  return {
    ...{ method, url, summary, tag, needs, status },
    schemas: { ...(params && { params }), ...(query && { query }), ...(body && { body }), answer },
    run: async (asked) => {
      const checked = check(params, asked.params)
      parts.find?.({ params: checked, body: asked.body })
      return parts.run({
        params: checked,
        query: check(query, asked.query),
        body: check(body, asked.body),
        caller: asked.caller,
      })
    },
  }
}

function check<Output>(schema: z.ZodType<Output> | undefined, value: unknown): Output {
  // Without a schema the type is `undefined`, by the default of the type parameter.
  if (schema === undefined) return undefined as Output
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw describeMismatch(parsed.error, value)
}
