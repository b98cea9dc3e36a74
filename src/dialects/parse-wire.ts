import type * as z from 'zod'
import { describeMismatch } from '../chat/describe-mismatch.ts'

/**
 * Only the first misfit is told, and one body can hold millions: gathering them all takes minutes and gigabytes. Zod stops
 * at the first for its own `validate`; the type of what others may ask for does not name it yet.
 */
const firstMisfit: z.core.ParseContextInternal<z.core.$ZodIssue> = { abortEarly: true }

/** A body as its schema has it. Throws `invalid-request` naming the first field that does not fit. */
export function parseWire<Wire>(schema: z.ZodType<Wire>, body: unknown): Wire {
  const parsed = schema.safeParse(body, firstMisfit)
  if (!parsed.success) throw describeMismatch(parsed.error, body)
  return parsed.data
}
