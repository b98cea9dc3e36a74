import { invalidField } from '../../chat/describe-mismatch.ts'
import { GatewayError } from '../../chat/gateway-error.ts'
import { inputId, responseOfItem } from './item-ids.ts'
import { readKept } from './kept-conversation.ts'
import type { ResponseStore } from './response-store.ts'
import type { WireInputItem, WireItem } from './wire-items.ts'
import type { WireRequest } from './wire-request.ts'

/** Where items that are kept come from. */
export interface Recall {
  readonly store: ResponseStore | undefined
  readonly keyId: string
}

/** An item, and where it stands in the caller's own spelling. */
export interface PlacedItem {
  readonly item: WireItem
  readonly field: string
}

/**
 * The whole conversation that is asked about: what `previous_response_id` stands for, then the request's own items,
 * references replaced by what they refer to. Every item has an id of ours; ids of the caller's are forgotten.
 */
export async function recallItems(wire: WireRequest, token: string, recall: Recall): Promise<PlacedItem[]> {
  const earlier = await earlierItems(wire.previous_response_id ?? undefined, recall)
  const own = referredOnce((wire.input ?? []).map((item, index) => ({ item, field: `input[${index}]` })))
  const kept = await readReferences(own, recall)
  const placed = own.flatMap(({ item, field }) => placeItem(item, field, kept))
  return [...earlier, ...placed].map(({ item, field }, index) => {
    return { item: { ...item, id: item.id ?? inputId(item.type, token, index) }, field }
  })
}

async function earlierItems(previous: string | undefined, { store, keyId }: Recall): Promise<PlacedItem[]> {
  if (previous === undefined) return []
  const field = 'previous_response_id'
  const found = await readKept(store, keyId, previous)
  if (found === undefined) {
    throw new GatewayError('invalid-request', `Previous response with id ${shownId(previous)} not found.`, { field })
  }
  return [...found.input, ...found.output].map((item) => ({ item, field }))
}

interface OwnItem {
  readonly item: WireInputItem
  readonly field: string
}

/** A second reference says nothing more; a short body could name a large item thousands of times. */
function referredOnce(own: readonly OwnItem[]): readonly OwnItem[] {
  const ids = new Set<string>()
  return own.filter(({ item }) => {
    if (item.type !== 'item_reference') return true
    const isFirst = !ids.has(item.id)
    ids.add(item.id)
    return isFirst
  })
}

interface KeptItems {
  readonly byId: ReadonlyMap<string, WireItem>
  /** Ids of the responses that were found. */
  readonly responses: ReadonlySet<string>
}

/** Responses that the references of one request may lie in, where the newest does not hold them all. */
const readsMax = 8

/** A response is kept with all that led to it, so that the newest reference mostly answers all of them. */
async function readReferences(own: readonly OwnItem[], { store, keyId }: Recall): Promise<KeptItems> {
  const byId = new Map<string, WireItem>()
  const responses = new Set<string>()
  const asked = new Set<string>()
  for (const id of referencesIn(own).toReversed()) {
    const response = byId.has(id) ? undefined : responseOfItem(id)
    if (response === undefined || asked.has(response)) continue
    asked.add(response)
    if (asked.size > readsMax) throw invalidField('input', 'references to too many responses', `at most ${readsMax}`)
    const found = await readKept(store, keyId, response)
    if (found === undefined) continue
    responses.add(response)
    noteItems(byId, [...found.input, ...found.output])
  }
  return { byId, responses }
}

function referencesIn(own: readonly OwnItem[]): string[] {
  return own.flatMap(({ item }) => (item.type === 'item_reference' ? [item.id] : []))
}

function noteItems(byId: Map<string, WireItem>, items: readonly WireItem[]): void {
  for (const item of items) if (item.id != null) byId.set(item.id, item)
}

function placeItem(item: WireInputItem, field: string, kept: KeptItems): PlacedItem[] {
  if (item.type === 'other') return []
  if (item.type !== 'item_reference') return [{ item: { ...item, id: undefined }, field }]
  const found = kept.byId.get(item.id)
  if (found !== undefined) return [{ item: found, field }]
  if (mayBeGone(item.id, kept)) return []
  const message = `Item with id ${shownId(item.id)} not found.`
  throw new GatewayError('invalid-request', message, { field: `${field}.id` })
}

/** Reasoning is never needed; and a response's pieces of text are kept as one item, under the first one's id. */
function mayBeGone(id: string, { responses }: KeptItems): boolean {
  const response = responseOfItem(id)
  return id.startsWith('rs_') || (response !== undefined && responses.has(response))
}

/** An id is told again where it looks like one. */
function shownId(id: string): string {
  return /^[\w-]{1,64}$/.test(id) ? `'${id}'` : 'of that form'
}
