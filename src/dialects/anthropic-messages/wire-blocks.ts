import * as z from 'zod'
import { identifierSchema, jsonObjectSchema } from '../wire-values.ts'

/**
 * What a message is made of, as clients send it. Blocks that are not named here belong to tools of Anthropic's own, or are
 * newer than this gateway: they are left out and the caller is told, because agents send back whatever they once got.
 */

/** A message may have many: neighbouring texts become one. */
const blocksMax = 2048

const text = z.object({ type: z.literal('text'), text: z.string() })

const image = z.object({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('base64'), data: z.string() }),
    z.object({ type: z.literal('url'), url: z.string() }),
    z.object({ type: z.literal('file') }),
  ]),
})

const document = z.object({
  type: z.literal('document'),
  title: z.string().nullish(),
  context: z.string().nullish(),
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('text'), data: z.string() }),
    z.object({
      type: z.literal('content'),
      content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, image])).max(blocksMax)]),
    }),
    z.object({ type: z.literal('base64') }),
    z.object({ type: z.literal('url') }),
    z.object({ type: z.literal('file') }),
  ]),
})

const searchResult = z.object({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(text).max(blocksMax),
})

const toolReference = z.object({ type: z.literal('tool_reference'), tool_name: identifierSchema })

const changedTool = z.object({ type: z.string(), name: z.string().nullish() })
const toolAddition = z.object({ type: z.literal('tool_addition'), tool: changedTool })
const toolRemoval = z.object({ type: z.literal('tool_removal'), tool: changedTool })

const thinking = z.object({
  type: z.literal('thinking'),
  thinking: z.string().nullish(),
  signature: z.string().nullish(),
})
const redactedThinking = z.object({ type: z.literal('redacted_thinking'), data: z.string() })

const toolUse = z.object({
  type: z.literal('tool_use'),
  id: identifierSchema,
  name: identifierSchema,
  input: jsonObjectSchema.nullish(),
})

const known = new Set([
  ...['text', 'image', 'document', 'search_result', 'tool_reference', 'tool_addition', 'tool_removal'],
  ...['thinking', 'redacted_thinking', 'tool_use', 'tool_result'],
])

const other = z
  .object({ type: z.string().refine((type) => !known.has(type)) })
  .transform(({ type }) => ({ type: 'other' as const, other: type }))

const resultBlock = z.union([z.discriminatedUnion('type', [text, image, document, searchResult, toolReference]), other])

const toolResult = z.object({
  type: z.literal('tool_result'),
  tool_use_id: identifierSchema,
  content: z.union([z.string(), z.array(resultBlock).max(blocksMax)]).nullish(),
  is_error: z.boolean().nullish(),
})

const userBlock = z.union([
  z.discriminatedUnion('type', [text, image, document, searchResult, toolResult, toolAddition, toolRemoval]),
  other,
])

const assistantBlock = z.union([
  z.discriminatedUnion('type', [text, document, searchResult, thinking, redactedThinking, toolUse]),
  other,
])

const systemBlock = z.union([z.discriminatedUnion('type', [text, toolAddition, toolRemoval]), other])

export const userContent = z.union([z.string(), z.array(userBlock).max(blocksMax)])
export const assistantContent = z.union([z.string(), z.array(assistantBlock).max(blocksMax)])
export const systemContent = z.union([z.string(), z.array(systemBlock).max(blocksMax)])

export type WireUserBlock = z.infer<typeof userBlock>
export type WireAssistantBlock = z.infer<typeof assistantBlock>
export type WireSystemBlock = z.infer<typeof systemBlock>
export type WireToolResult = z.infer<typeof toolResult>
export type WireImage = z.infer<typeof image>
export type WireDocument = z.infer<typeof document>
export type WireSearchResult = z.infer<typeof searchResult>
