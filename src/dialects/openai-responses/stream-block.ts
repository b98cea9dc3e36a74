import type { TokenLogprob } from '../../chat/chat-event.ts'
import type { ItemPlace, ItemStatus, OutputItem } from './output-items.ts'
import { type ToldEvent, told } from './told-events.ts'

/** One item of a stream, from its first event to its last. */
export interface StreamBlock {
  /** Everything that comes before the first piece. */
  open(): readonly ToldEvent[]
  /** A piece, with the log probabilities that belong to it. */
  add(text: string, logprobs: readonly TokenLogprob[]): readonly ToldEvent[]
  /** Everything after the last piece; log probabilities may be left that belong to no piece. */
  close(status: ItemStatus, logprobs: readonly TokenLogprob[]): ClosedBlock
  /** What is there so far. */
  item(status: ItemStatus): OutputItem
}

export interface ClosedBlock {
  readonly events: readonly ToldEvent[]
  readonly item: OutputItem
}

/** Where the item stands in the answer. */
export interface BlockPlace extends ItemPlace {
  readonly outputIndex: number
}

export function itemEvent(type: 'added' | 'done', { outputIndex }: BlockPlace, item: OutputItem): ToldEvent {
  return told(`response.output_item.${type}`, { output_index: outputIndex, item })
}

/** The end of a block. The item is made once: what is sealed in it is another text each time. */
export function closed(place: BlockPlace, events: readonly ToldEvent[], item: OutputItem): ClosedBlock {
  return { events: [...events, itemEvent('done', place, item)], item }
}

/** What names a part of an item, as JSON text without braces; made once, because every piece is told with it. */
export function partFields(id: string, outputIndex: number, part: Readonly<Record<string, number>>): string {
  return JSON.stringify({ item_id: id, output_index: outputIndex, ...part }).slice(1, -1)
}

export function partEvent(type: string, part: string, name: string, value: unknown): ToldEvent {
  return { type, fields: `${part},"${name}":${JSON.stringify(value)}` }
}
