import * as z from 'zod'
import { bounds, toolNameSchema } from '../../chat/bounds.ts'
import { jsonObjectSchema } from '../wire-values.ts'

const functionFields = {
  name: toolNameSchema,
  description: z.string().nullish(),
  parameters: jsonObjectSchema.nullish(),
}

/** What `functions` held before there were tools. */
export const functionSchema = z.object(functionFields)
const functionTool = z.object({
  type: z.literal('function'),
  function: z.object({ ...functionFields, strict: z.boolean().nullish() }),
})

const grammar = z.object({ syntax: z.enum(['lark', 'regex']), definition: z.string().max(bounds.schemaLength) })
const customTool = z.object({
  type: z.literal('custom'),
  custom: z.object({
    name: toolNameSchema,
    description: z.string().nullish(),
    format: z
      .discriminatedUnion('type', [
        z.object({ type: z.literal('text') }),
        z.object({ type: z.literal('grammar'), grammar }),
      ])
      .nullish(),
  }),
})

export const toolSchema = z.discriminatedUnion('type', [functionTool, customTool])

const name = z.object({ name: toolNameSchema })
const namedTool = z.discriminatedUnion('type', [
  z.object({ type: z.literal('function'), function: name }),
  z.object({ type: z.literal('custom'), custom: name }),
])
const allowedTools = z.object({
  type: z.literal('allowed_tools'),
  allowed_tools: z.object({ mode: z.enum(['auto', 'required']), tools: z.array(namedTool).min(1).max(bounds.tools) }),
})

export const toolChoiceSchema = z.union([z.enum(['none', 'auto', 'required']), namedTool, allowedTools])
export const functionChoiceSchema = z.union([z.enum(['none', 'auto']), name])

export type WireTool = z.infer<typeof toolSchema>
export type WireFunction = z.infer<typeof functionSchema>
export type WireNamedTool = z.infer<typeof namedTool>
