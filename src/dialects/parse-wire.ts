import * as z from 'zod'
import { describeMismatch } from '../chat/describe-mismatch.ts'

/**
 * Only the first misfit is told, and one body can hold millions: gathering them all takes minutes and gigabytes. Zod stops
 * at the first for its own `validate`; the type of what others may ask for does not name it yet.
 */
const firstMisfit: z.core.ParseContextInternal<z.core.$ZodIssue> = { abortEarly: true }

/** Compiled when first used: to compile those of all dialects is a tenth of the gateway's start, and few hosts speak all. */
const compiled = new WeakMap<z.ZodType, z.ZodType>()

function compiledOf<Wire>(schema: z.ZodType<Wire>): z.ZodType<Wire> {
  // What stands there was compiled from this very schema.
  const known = compiled.get(schema) as z.ZodType<Wire> | undefined
  if (known !== undefined) return known
  const made = z.compile(schema)
  compiled.set(schema, made)
  return made
}

/** A body as its schema has it. Throws `invalid-request` naming the first field that does not fit. */
export function parseWire<Wire>(schema: z.ZodType<Wire>, body: unknown): Wire {
  const parsed = compiledOf(schema).safeParse(body, firstMisfit)
  if (!parsed.success) throw describeMismatch(parsed.error, body)
  return parsed.data
}
