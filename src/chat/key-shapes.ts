import * as z from 'zod'
import { reasoningFields } from './caller.ts'
import { knownFields } from './known-fields.ts'

/** How administrators and programs spell keys, in the admin API and on the command line alike. */

export const roles = ['user', 'operator', 'admin'] as const
export const trusts = ['none', 'jwt', 'headers'] as const

/** The largest numbers that may be said of a key. */
export const keyBounds = { count: 1_000_000_000_000, maxTokens: 10_000_000, overlapSeconds: 30 * 86_400 } as const
const namesMax = 256

const printable = /^\P{Cc}*$/u
const noControl = 'text without control characters'

const nameSchema = z
  .string()
  .trim()
  .regex(/^\P{Cc}{1,100}$/u, '1 to 100 characters, none of them a control character')
const listedName = z.string().regex(/^[!-~]{1,200}$/, 'a name of 1 to 200 characters without spaces')
const namesSchema = z.union([z.literal('all'), z.array(listedName).max(namesMax)])
const boundSchema = z.int().min(1).max(keyBounds.count).nullable()
const micro = /^\d{1,9}(\.\d{1,6})?$/
const moneySchema = z
  .string()
  .regex(micro, 'an amount below 1000000000 as a string, with at most six decimals, such as "12.50"')
const timeSchema = z.iso.datetime({ offset: true, error: 'a time such as 2027-01-31T18:00:00Z' })

const limitsSchema = knownFields({
  requests_per_minute: boundSchema.optional(),
  tokens_per_minute: boundSchema.optional(),
  tokens_per_day: boundSchema.optional(),
  concurrent: boundSchema.optional(),
})

const defaultsSchema = knownFields({
  enable_thinking: z.boolean().nullable().optional(),
  max_tokens: z.int().min(1).max(keyBounds.maxTokens).nullable().optional(),
  reasoning_fields: z
    .enum(reasoningFields)
    .nullable()
    .optional()
    .describe('Under which names Chat Completions tell the thinking; null is `both`.'),
})

/** What may be said of a new key; what is not said is as its maker's key has it. */
export const keyDraftSchema = knownFields({
  name: nameSchema.describe('Whose key it is; names may repeat.'),
  services: namesSchema.optional().describe('Services it may use: `"all"` or a list of names.'),
  models: namesSchema.optional().describe('Models it may use: `"all"` or a list of names.'),
  dialects: namesSchema.optional().describe('Dialects it may speak: `"all"` or a list of names.'),
  role: z.enum(roles).optional().describe('`user` unless it is said.'),
  expires_at: timeSchema.nullable().optional().describe('Until when it works; null is for ever.'),
  credits: moneySchema
    .nullable()
    .optional()
    .describe("What it may spend in all, in the card's currency; null is no bound."),
  limits: limitsSchema.optional().describe('Null, or nothing, is no bound.'),
  trust_end_user: z.enum(trusts).optional().describe('How far it is believed who its end user is.'),
  defaults: defaultsSchema
    .optional()
    .describe("What its requests have where they say nothing; null is the service's own."),
  owner: z.string().max(100).regex(printable, noControl).optional(),
  notes: z.string().max(2000).optional(),
  tags: z
    .array(z.string().regex(/^[\w.:/-]{1,64}$/, 'a word of letters, digits and . _ : / -'))
    .max(32)
    .optional(),
})

export const keyChangeSchema = keyDraftSchema.partial().describe('What is not said stays as it is.')

/** The old secret works this long beside the new one, so that nobody who holds it is cut off. */
export const rotationSchema = knownFields({
  overlap_seconds: z.int().min(0).max(keyBounds.overlapSeconds).default(86_400),
})

export const shownKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string().nullable().describe("The key's last characters, where they are known."),
  role: z.enum(roles),
  services: namesSchema,
  models: namesSchema,
  dialects: namesSchema,
  created_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  last_used_at: z.string().nullable().describe('To the minute.'),
  state: z.enum(['active', 'expired', 'revoked']),
  owner: z.string(),
  notes: z.string(),
  tags: z.array(z.string()),
  limits: z.object({
    requests_per_minute: z.number().nullable(),
    tokens_per_minute: z.number().nullable(),
    tokens_per_day: z.number().nullable(),
    concurrent: z.number().nullable(),
  }),
  credits: z.string().nullable(),
  trust_end_user: z.enum(trusts),
  defaults: z.object({
    enable_thinking: z.boolean().nullable(),
    max_tokens: z.number().nullable(),
    reasoning_fields: z.enum(reasoningFields).nullable(),
  }),
})

export const madeKeySchema = shownKeySchema.extend({ key: z.string().describe('The key itself, told this once.') })

export const auditRecordSchema = z.object({
  id: z.string(),
  at: z.string(),
  actor: z.object({ id: z.string(), name: z.string() }),
  action: z.enum(['key.create', 'key.update', 'key.rotate', 'key.revoke']),
  key_id: z.string(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
})

export const keyQuerySchema = knownFields({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
  state: z.enum(['active', 'expired', 'revoked']).optional(),
  owner: z.string().max(100).optional(),
})

export const auditQuerySchema = knownFields({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
  key: z.string().max(200).optional().describe("A key's id."),
})

export type KeyDraft = z.input<typeof keyDraftSchema>
export type KeyChange = z.input<typeof keyChangeSchema>
export type Rotation = z.output<typeof rotationSchema>
export type ShownKey = z.output<typeof shownKeySchema>
export type MadeKey = z.output<typeof madeKeySchema>
export type AuditRecord = z.output<typeof auditRecordSchema>
export type KeyQuery = z.output<typeof keyQuerySchema>
export type AuditQuery = z.output<typeof auditQuerySchema>
