import * as z from 'zod'
import type { JsonObject } from '../chat/chat-request.ts'

/** An object of the caller's own, such as a JSON schema: checked further where its limits are known, and passed on as it stands. */
export const jsonObjectSchema = z.custom<JsonObject>(isPlainObject, { error: 'an object' })

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Clients name tools as they like, and so do the servers that their tools come from; the model is told another name. */
export const callerToolNameSchema = z.string().min(1).max(256)
