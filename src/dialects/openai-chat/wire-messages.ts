import * as z from 'zod'
import { bounds, toolNameSchema } from '../../chat/bounds.ts'

const textPart = z.object({ type: z.literal('text'), text: z.string() })
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() })
const imagePart = z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) })
/** What format it is said to be counts for nothing: its bytes tell. */
const audioPart = z.object({ type: z.literal('input_audio'), input_audio: z.object({ data: z.string() }) })
/** Refused later, in clearer words than a list of types. */
const filePart = z.object({ type: z.literal('file') })

const textContent = z.union([z.string(), z.array(textPart).max(bounds.partsPerMessage)])
const mediaContent = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart])).max(bounds.partsPerMessage),
])
const assistantContent = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, refusalPart])).max(bounds.partsPerMessage),
])

const callId = z.string().min(1).max(256)
const functionCall = z.object({ name: toolNameSchema, arguments: z.string() })
const customCall = z.object({ name: toolNameSchema, input: z.string() })
const toolCall = z.union([
  z.object({ id: callId, type: z.literal('function').nullish(), function: functionCall }),
  z.object({ id: callId, type: z.literal('custom'), custom: customCall }),
])

export const messageSchema = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: textContent }),
  z.object({ role: z.literal('developer'), content: textContent }),
  z.object({ role: z.literal('user'), content: mediaContent }),
  z.object({
    role: z.literal('assistant'),
    content: assistantContent.nullish(),
    refusal: z.string().nullish(),
    reasoning: z.string().nullish(),
    reasoning_content: z.string().nullish(),
    thinking: z.string().nullish(),
    tool_calls: z.array(toolCall).max(bounds.tools).nullish(),
    function_call: functionCall.nullish(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: callId, content: mediaContent }),
  z.object({ role: z.literal('function'), name: toolNameSchema, content: z.string().nullish() }),
])

export type WireMessage = z.infer<typeof messageSchema>
