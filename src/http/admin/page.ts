import * as z from 'zod'

/** A list in pages: `next_cursor` is the `cursor` of the next page, and null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() })
}
