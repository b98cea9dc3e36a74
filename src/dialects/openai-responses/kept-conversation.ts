import * as z from 'zod'
import { isResponseId } from './item-ids.ts'
import type { ResponseStore } from './response-store.ts'
import { itemSchema, type WireItem } from './wire-items.ts'

/** A response as it is kept: what it was told as, and the whole conversation that led to it. */
export interface KeptConversation {
  /** As in the API, JSON text. */
  readonly response: string
  /** Each item has its id. */
  readonly input: readonly WireItem[]
  readonly output: readonly WireItem[]
}

const keptSchema = z.object({
  input: z.array(itemSchema),
  response: z.looseObject({ output: z.array(itemSchema) }),
})

/** The response stands last, so that it is found in the text without writing it again. */
export function writeKept(input: readonly WireItem[], response: string): string {
  return `{"input":${JSON.stringify(input)},"response":${response}}`
}

/** Undefined where there is none, or none that this version can read. */
export async function readKept(
  store: ResponseStore | undefined,
  keyId: string,
  id: string,
): Promise<KeptConversation | undefined> {
  if (store === undefined || !isResponseId(id)) return undefined
  const kept = await store.get(keyId, id)
  if (kept === undefined) return undefined
  const whole: unknown = JSON.parse(kept.text)
  const parsed = keptSchema.safeParse(whole)
  if (!parsed.success) return undefined
  const { input, response } = parsed.data
  return { input, output: response.output, response: responseText(whole) }
}

/** As it was kept, with the fields that conversations have no use for. */
function responseText(whole: unknown): string {
  return JSON.stringify(typeof whole === 'object' && whole !== null ? Reflect.get(whole, 'response') : null)
}
