import type * as z from 'zod'
import { ClientError } from './client-error.ts'

/** An event as its dialect has it; throws ClientError where it is something else. */
export function parseEvent<Schema extends z.ZodType>(schema: Schema, event: unknown): z.infer<Schema> {
  const { data, success } = schema.safeParse(event)
  if (!success) throw new ClientError('The server sent what does not belong to this dialect. Is --dialect right?')
  return data
}
