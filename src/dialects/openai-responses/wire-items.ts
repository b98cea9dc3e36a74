import * as z from 'zod'
import { bounds } from '../../chat/bounds.ts'
import { callerToolNameSchema, identifierSchema, wordSchema } from '../wire-values.ts'

/** The items of a conversation, as they are sent and as they are kept. Fields that are not named here are dropped. */

/** The gateway's own; a client's is replaced. */
const id = wordSchema(256).nullish()
const namespace = wordSchema(256).nullish()

const textPart = z.object({ type: z.enum(['input_text', 'output_text', 'text']), text: z.string() })
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() })
const imagePart = z.object({
  type: z.literal('input_image'),
  image_url: z.string().nullish(),
  file_id: z.string().nullish(),
})
const audioPart = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string(), format: wordSchema(64).nullish() }),
})
const filePart = z.object({
  type: z.literal('input_file'),
  file_data: z.string().nullish(),
  file_url: z.string().nullish(),
  file_id: z.string().nullish(),
})

const textParts = z.array(z.discriminatedUnion('type', [textPart, refusalPart])).max(bounds.partsPerMessage)
const mediaParts = z
  .array(z.discriminatedUnion('type', [textPart, refusalPart, imagePart, audioPart, filePart]))
  .max(bounds.partsPerMessage)

const isMessage = { id, type: z.literal('message') }
const message = z.discriminatedUnion('role', [
  z.object({ ...isMessage, role: z.literal('system'), content: textParts }),
  z.object({ ...isMessage, role: z.literal('developer'), content: textParts }),
  z.object({ ...isMessage, role: z.literal('user'), content: mediaParts }),
  z.object({ ...isMessage, role: z.literal('assistant'), content: textParts }),
])

const output = z.union([z.string(), mediaParts])
const texts = z.array(z.object({ type: wordSchema(64), text: z.string() })).nullish()

const known = [
  message,
  z.object({
    id,
    type: z.literal('reasoning'),
    summary: texts,
    content: texts,
    encrypted_content: z.string().nullish(),
  }),
  z.object({
    id,
    type: z.literal('function_call'),
    call_id: identifierSchema,
    name: callerToolNameSchema,
    namespace,
    arguments: z.string(),
  }),
  z.object({
    id,
    type: z.literal('custom_tool_call'),
    call_id: identifierSchema,
    name: callerToolNameSchema,
    namespace,
    input: z.string(),
  }),
  z.object({ id, type: z.literal('function_call_output'), call_id: identifierSchema, output }),
  z.object({ id, type: z.literal('custom_tool_call_output'), call_id: identifierSchema, output }),
] as const

/** What a conversation is made of. */
export const itemSchema = z.discriminatedUnion('type', known)

/** What may stand in a request: also a reference to an item that is kept, and what other servers' tools did. */
export const inputItemSchema = z.discriminatedUnion('type', [
  ...known,
  z.object({ type: z.literal('item_reference'), id: z.string() }),
  z.object({ type: z.literal('other'), other: z.string() }),
])

export type WireItem = z.infer<typeof itemSchema>
export type WireInputItem = z.infer<typeof inputItemSchema>
export type WirePart = z.infer<typeof mediaParts>[number]
