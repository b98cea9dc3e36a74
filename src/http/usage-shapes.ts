import * as z from 'zod'
import type { ApiWords } from './admin/api-route.ts'
import { pageOf } from './admin/page.ts'

const count = z.int().min(0)
const money = z.string().describe('A decimal amount in the currency of the card.')
const time = z.string().describe('ISO 8601, in UTC.')
const milliseconds = z.number().nullable()

/** What the ledger answers, for its description: its routes read their queries by hand, and write what they know. */
const entry = z.strictObject({
  ...{
    id: z.string().describe('The `x-request-id` of the answer.'),
    key_id: z.string(),
    end_user: z.string().nullable(),
  },
  ...{ service: z.string(), dialect: z.string(), route: z.string() },
  outcome: z.enum(['completed', 'failed', 'abandoned', 'refused-after-admission']),
  ...{ status: z.int().nullable(), finish_reason: z.string().nullable() },
  ...{ prompt_tokens: count, cached_tokens: count, reasoning_tokens: count, completion_tokens: count },
  ...{ images: count, audio_seconds: z.number() },
  estimated: z.boolean().describe("True where a count is not the model server's own last word."),
  ...{ charge: money, price_version: z.string() },
  ...{ queue_ms: milliseconds, first_token_ms: milliseconds, total_ms: z.number(), started_at: time },
})

const group = z.strictObject({
  ...{ hour: time.optional(), day: time.optional(), service: z.string().optional() },
  ...{ key_id: z.string().optional(), key_name: z.string().optional(), end_user: z.string().nullable().optional() },
  ...{ requests: count, completed: count, failed: count, abandoned: count, estimated: count },
  ...{ prompt_tokens: count, cached_tokens: count, reasoning_tokens: count, completion_tokens: count },
  ...{ images: count, web_searches: count, audio_seconds: z.number(), charge: money },
})

const summary = z.strictObject({ by: z.string(), since: time, until: time, currency: z.string(), data: z.array(group) })

const credits = z.strictObject({
  ...{ currency: z.string(), granted: money.nullable(), spent: money.nullable(), remaining: money.nullable() },
})

const amounts = { message: money, promptTokens: money, cachedTokens: money, completionTokens: money }
const prices = z.strictObject({ ...amounts, audioMinute: money, webSearch: money })
const pricing = z.strictObject({
  ...{ currency: z.string(), version: z.string(), ...prices.shape, abandoned: z.enum(['tokens', 'nothing']) },
  services: z.record(z.string(), prices),
})

const span = {
  since: z.string().optional().describe('ISO 8601, or seconds since 1970; thirty days ago where it is not said.'),
  until: z.string().optional().describe('The same; now where it is not said.'),
}
const whose = { key: z.string().optional().describe("One key's alone, by its id.") }
const entriesQuery = z.object({ ...span, limit: z.int().min(1).max(1000).optional(), cursor: z.string().optional() })
const groupsQuery = z.object({
  ...span,
  by: z.enum(['hour', 'day', 'key', 'service', 'user']).optional(),
  service: z.string().optional(),
  limit: z.int().min(1).max(10_000).optional(),
})

const common = { method: 'GET', tag: 'usage', status: 200 } as const
const own = { ...common, needs: 'key' } as const
const everybodys = { ...common, needs: 'admin' } as const

export const usageWords: readonly ApiWords[] = [
  {
    ...{ ...own, url: '/v1/usage', summary: "Lists the key's own requests and what each cost, the newest first." },
    schemas: { query: entriesQuery, answer: pageOf(entry) },
  },
  {
    ...{ ...own, url: '/v1/usage/summary', summary: "Sums up the key's own usage." },
    schemas: { query: groupsQuery, answer: summary },
  },
  {
    ...{ ...own, url: '/v1/credits', summary: 'Tells what is left of the credits of the key; null is no bound.' },
    schemas: { answer: credits },
  },
  {
    ...{ ...own, url: '/v1/pricing', summary: 'Tells exactly what is charged.' },
    schemas: { answer: pricing },
  },
  {
    ...{ ...everybodys, url: '/admin/v1/usage', summary: "Lists everybody's requests, or those of one key." },
    schemas: { query: entriesQuery.extend(whose), answer: pageOf(entry) },
  },
  {
    ...{ ...everybodys, url: '/admin/v1/usage/summary', summary: 'Sums up what everybody used, or one key.' },
    schemas: { query: groupsQuery.extend(whose), answer: summary },
  },
]
