import { droppedHeader } from '../dropped-header.ts'
import type { WireInputItem } from './wire-items.ts'

/** Headers that name what was left out: agents always send along what only their maker's servers can run or read. */
export function droppedHeaders(
  tools: readonly string[],
  input: readonly WireInputItem[],
): Readonly<Record<string, string>> {
  const items = input.flatMap((item) => (item.type === 'other' ? [item.other] : []))
  return { ...droppedHeader('tools', tools), ...droppedHeader('items', items) }
}
