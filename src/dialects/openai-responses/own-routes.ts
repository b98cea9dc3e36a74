import type { Caller } from '../../chat/caller.ts'
import { invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import type { Asked, OwnAnswer, OwnRoute } from '../dialect.ts'
import { isResponseId } from './item-ids.ts'
import { type KeptConversation, readKept } from './kept-conversation.ts'
import { listItems } from './list-items.ts'
import type { ResponseStore } from './response-store.ts'

/** What is asked of responses that are kept; none of it needs a model. */
export function createOwnRoutes(store: ResponseStore | undefined, versions: readonly string[]): readonly OwnRoute[] {
  const kept = { path: '/responses/*', versions }
  return [
    { method: 'GET', path: '/responses', versions, answer: refuseUpgrade, refusesOnly: true },
    { ...kept, method: 'GET', answer: (asked, caller) => show(store, asked, caller) },
    { ...kept, method: 'DELETE', answer: (asked, caller) => remove(store, asked, caller) },
    { ...kept, method: 'POST', answer: refuseCancel, refusesOnly: true },
  ]
}

/** Codex asks for a WebSocket first, and goes on over HTTP at once where it hears this status. */
function refuseUpgrade({ headers }: Asked): OwnAnswer {
  if (headers.upgrade?.toLowerCase() === 'websocket') {
    return refusal(426, 'upgrade_unsupported', 'WebSockets are not spoken here; ask over HTTP.')
  }
  const message = 'Responses are made by POST, and asked for by their id.'
  throw new GatewayError('wrong-method', message, { allow: ['POST'] })
}

function refusal(status: number, code: string, message: string): OwnAnswer {
  return { status, body: JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } }) }
}

async function show(store: ResponseStore | undefined, { path, query }: Asked, caller: Caller): Promise<OwnAnswer> {
  const { id, below } = readPath(path)
  if (below !== '' && below !== 'input_items') throw unknownRoute()
  const found = await find(store, caller, id)
  if (below === 'input_items') return { status: 200, body: listItems(found.input, query) }
  if (query['stream'] === 'true') throw invalidField('stream', 'true', 'false, because answers are not told again')
  return { status: 200, body: found.response }
}

async function find(store: ResponseStore | undefined, { keyId }: Caller, id: string): Promise<KeptConversation> {
  const found = await readKept(store, keyId, id)
  if (found === undefined) throw unknownResponse(id)
  return found
}

async function remove(store: ResponseStore | undefined, { path }: Asked, caller: Caller): Promise<OwnAnswer> {
  const { id, below } = readPath(path)
  if (below !== '') throw unknownRoute()
  const isRemoved = isResponseId(id) && (await store?.remove(caller.keyId, id)) === true
  if (!isRemoved) throw unknownResponse(id)
  return { status: 200, body: JSON.stringify({ id, object: 'response', deleted: true }) }
}

async function refuseCancel({ path }: Asked): Promise<OwnAnswer> {
  if (readPath(path).below !== 'cancel') throw unknownRoute()
  const message = 'Only answers in the background can be cancelled; close the connection instead.'
  throw new GatewayError('unsupported-field', message, { field: 'response_id' })
}

function readPath(path: string): { readonly id: string; readonly below: string } {
  const [id = '', ...rest] = path.split('/')
  return { id, below: rest.join('/') }
}

function unknownRoute(): GatewayError {
  const routes = 'GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items'
  return new GatewayError('unknown-route', `There is no such route. Of responses that are kept there are ${routes}.`)
}

function unknownResponse(id: string): GatewayError {
  const shown = isResponseId(id) ? `'${id}'` : 'of that form'
  return new GatewayError('unknown-route', `Response with id ${shown} not found.`, { field: 'response_id' })
}
