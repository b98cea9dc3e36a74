import { invalidField } from '../../chat/describe-mismatch.ts'
import type { WireItem } from './wire-items.ts'

const usualLimit = 20
const limitMax = 100

/** A page of a conversation's items, as `input_items` tells it. Throws for a query that is no page. */
export function listItems(items: readonly WireItem[], query: Readonly<Record<string, unknown>>): string {
  const ordered = orderOf(query) === 'asc' ? items : items.toReversed()
  const rest = ordered.slice(startOf(ordered, query['after']))
  const data = rest.slice(0, limitOf(query)).map(encodeItem)
  return JSON.stringify({
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: rest.length > data.length,
  })
}

function orderOf({ order = 'desc' }: Readonly<Record<string, unknown>>): 'asc' | 'desc' {
  if (order === 'asc' || order === 'desc') return order
  throw invalidField('order', 'another order', '"asc" or "desc"')
}

function limitOf({ limit = usualLimit }: Readonly<Record<string, unknown>>): number {
  const wanted = Number(limit)
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= limitMax) return wanted
  throw invalidField('limit', 'another number', `a whole number from 1 to ${limitMax}`)
}

function startOf(items: readonly WireItem[], after: unknown): number {
  if (after === undefined) return 0
  const index = items.findIndex(({ id }) => id === after)
  if (index !== -1) return index + 1
  throw invalidField('after', 'an id that is not in the list', 'the id of an item')
}

/** SDKs read a few fields that the conversation itself has no use for. */
function encodeItem(item: WireItem): Readonly<Record<string, unknown>> {
  if (item.type === 'reasoning') return { ...item, summary: item.summary ?? [] }
  if (item.type !== 'message') return { ...item, status: 'completed' }
  const content = item.role !== 'assistant' ? item.content : item.content.map(asOutput)
  return { ...item, status: 'completed', content }
}

function asOutput(part: Extract<WireItem, { role: 'assistant' }>['content'][number]): object {
  return part.type === 'refusal' ? part : { type: 'output_text', text: part.text, annotations: [] }
}
