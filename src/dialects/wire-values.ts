import * as z from 'zod'
import type { JsonObject } from '../chat/chat-request.ts'

/** An object of the caller's own, such as a JSON schema: checked further where its limits are known, and passed on as it stands. */
export const jsonObjectSchema = z.custom<JsonObject>(isPlainObject, { error: 'an object' })

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that is too long ends the reading, as a value of another type does: one body may hold very many of them. */
const endsReading = { abort: true } as const

/** A word of the caller's that there may be in every item of a list. */
export function wordSchema(lengthMax: number) {
  return z.string().max(lengthMax, endsReading)
}

/** What calls and their results are known by. */
export const identifierSchema = wordSchema(256).min(1, endsReading)

/** Clients name tools as they like, and so do the servers that their tools come from; the model is told another name. */
export const callerToolNameSchema = wordSchema(256).min(1, endsReading)
