import * as z from 'zod'
import { actorOf, type KeyAdmin } from '../../chat/key-admin.ts'
import {
  auditQuerySchema,
  auditRecordSchema,
  keyChangeSchema,
  keyDraftSchema,
  keyQuerySchema,
  madeKeySchema,
  rotationSchema,
  shownKeySchema,
} from '../../chat/key-shapes.ts'
import { type ApiRoute, apiRoute } from './api-route.ts'
import { notFound } from './not-found.ts'
import { pageOf } from './page.ts'

const idSchema = z.strictObject({ id: z.string().max(200) })
const tag = 'keys'

/** `/admin/v1/keys` and `/admin/v1/audit`. */
export function keyRoutes(keys: KeyAdmin): readonly ApiRoute[] {
  return [createRoute(keys), ...lookRoutes(keys), ...changeRoutes(keys), auditRoute(keys)]
}

function createRoute(keys: KeyAdmin): ApiRoute {
  return apiRoute({
    ...{ method: 'POST', url: '/admin/v1/keys', tag, needs: 'operator', status: 201 },
    summary: 'Makes a key, and tells it this once.',
    body: keyDraftSchema,
    answer: madeKeySchema,
    run: ({ body, caller }) => keys.create(body, actorOf(caller)),
  })
}

function lookRoutes(keys: KeyAdmin): readonly ApiRoute[] {
  return [
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/keys', tag, needs: 'operator' },
      summary: 'Lists keys, the oldest first.',
      query: keyQuerySchema,
      answer: pageOf(shownKeySchema),
      run: ({ query }) => keys.list(query),
    }),
    apiRoute({
      ...{ method: 'GET', url: '/admin/v1/keys/:id', tag, needs: 'operator' },
      summary: 'Shows a key.',
      params: idSchema,
      answer: shownKeySchema,
      run: async ({ params }) => found(await keys.show(params.id)),
    }),
  ]
}

function changeRoutes(keys: KeyAdmin): readonly ApiRoute[] {
  return [
    apiRoute({
      ...{ method: 'PATCH', url: '/admin/v1/keys/:id', tag, needs: 'operator' },
      summary: 'Changes what is said of a key; holds within 5 seconds.',
      params: idSchema,
      body: keyChangeSchema,
      answer: shownKeySchema,
      run: async ({ params, body, caller }) => found(await keys.update(params.id, body, actorOf(caller))),
    }),
    apiRoute({
      ...{ method: 'DELETE', url: '/admin/v1/keys/:id', tag, needs: 'operator' },
      summary: 'Revokes a key for good, within 5 seconds; its history stays.',
      params: idSchema,
      answer: shownKeySchema,
      run: async ({ params, caller }) => found(await keys.revoke(params.id, actorOf(caller))),
    }),
    apiRoute({
      ...{ method: 'POST', url: '/admin/v1/keys/:id/rotate', tag, needs: 'operator' },
      summary: 'Gives a key a new secret, told this once; the old one works until the overlap is over.',
      params: idSchema,
      body: rotationSchema.prefault({}),
      answer: madeKeySchema,
      run: async ({ params, body, caller }) => found(await keys.rotate(params.id, body, actorOf(caller))),
    }),
  ]
}

function auditRoute(keys: KeyAdmin): ApiRoute {
  return apiRoute({
    ...{ method: 'GET', url: '/admin/v1/audit', tag, needs: 'admin' },
    summary: 'Tells who changed which key, when and how; the newest first.',
    query: auditQuerySchema,
    answer: pageOf(auditRecordSchema),
    run: ({ query }) => keys.audit(query),
  })
}

function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw notFound('key')
  return thing
}
