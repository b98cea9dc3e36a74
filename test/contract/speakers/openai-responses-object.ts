import * as z from 'zod'
import type { Finish, Told, ToldUsage } from '../story.ts'
import { parseArguments } from './openai-words.ts'
import { mustBe } from './read-sse.ts'

const status = z.enum(['completed', 'incomplete', 'in_progress'])

export const reasoningPart = z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })
export const textPart = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.tuple([]),
  logprobs: z.tuple([]),
})

const reasoning = z.strictObject({
  id: z.string().startsWith('rs_'),
  type: z.literal('reasoning'),
  status,
  summary: z.tuple([]),
  content: z.array(reasoningPart),
})
const message = z.strictObject({
  id: z.string().startsWith('msg_'),
  type: z.literal('message'),
  status,
  role: z.literal('assistant'),
  content: z.array(textPart),
})
const call = z.strictObject({
  id: z.string().startsWith('fc_'),
  type: z.literal('function_call'),
  status,
  call_id: z.string().min(1),
  name: z.string().min(1),
  arguments: z.string(),
})
export const item = z.discriminatedUnion('type', [reasoning, message, call])
export type Item = z.infer<typeof item>

const usage = z.strictObject({
  input_tokens: z.int(),
  input_tokens_details: z.strictObject({ cached_tokens: z.int(), cache_write_tokens: z.int() }),
  output_tokens: z.int(),
  output_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
  total_tokens: z.int(),
})

/** Strict clients want every field to be there. */
export const response = z.strictObject({
  id: z.string().startsWith('resp_'),
  object: z.literal('response'),
  created_at: z.int().positive(),
  completed_at: z.int().positive().nullable(),
  status: z.enum(['completed', 'incomplete', 'in_progress', 'failed']),
  background: z.literal(false),
  error: z.strictObject({ code: z.string(), message: z.string().min(1) }).nullable(),
  incomplete_details: z.strictObject({ reason: z.enum(['max_output_tokens', 'content_filter']) }).nullable(),
  instructions: z.string().nullable(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.null(),
  model: z.string(),
  output: z.array(item),
  parallel_tool_calls: z.boolean(),
  previous_response_id: z.null(),
  prompt_cache_key: z.null(),
  reasoning: z.strictObject({ effort: z.string().nullable(), summary: z.null() }),
  safety_identifier: z.null(),
  service_tier: z.literal('default'),
  store: z.boolean(),
  temperature: z.number(),
  text: z.strictObject({ format: z.looseObject({ type: z.string() }) }),
  tool_choice: z.union([
    z.enum(['auto', 'none', 'required']),
    z.strictObject({ type: z.literal('function'), name: z.string() }),
  ]),
  tools: z.array(z.looseObject({ type: z.literal('function') })),
  top_logprobs: z.literal(0),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  truncation: z.literal('disabled'),
  usage: usage.nullable(),
  user: z.null(),
  metadata: z.strictObject({}),
})

/** A response that has ended well, or was cut. */
export function toldResponse(object: unknown): Told {
  const found = response.parse(object)
  mustBe(found.status === 'completed' || found.status === 'incomplete', `A response ends as ${found.status}.`)
  mustBe(
    (found.status === 'incomplete') === (found.incomplete_details !== null),
    'Why it is incomplete is told then only.',
  )
  mustBe((found.completed_at !== null) === (found.status === 'completed'), 'When it is complete is told then only.')
  mustBe(found.error === null && found.usage !== null, 'An answer has usage and no error.')
  found.output.forEach(({ status: state }, index) => {
    const cut = found.status === 'incomplete' && index === found.output.length - 1
    mustBe(state === (cut ? 'incomplete' : 'completed'), `Item ${index} ends as ${state}.`)
  })
  const isCut = found.status === 'incomplete'
  const told = toldItems(found.output)
  const finish: Finish = isCut ? 'length' : told.calls.length > 0 ? 'tool-calls' : 'stop'
  return { ...told, finish, usage: toldUsage(found.usage), error: null, keepAlives: 0, turn: found.output }
}

export function toldItems(items: readonly Item[]): Pick<Told, 'reasoning' | 'text' | 'calls'> {
  return {
    reasoning: items
      .flatMap((found) => (found.type === 'reasoning' ? found.content.map(({ text }) => text) : []))
      .join(''),
    text: items.flatMap((found) => (found.type === 'message' ? found.content.map(({ text }) => text) : [])).join(''),
    calls: items.flatMap((found) => {
      if (found.type !== 'function_call') return []
      return [{ id: found.call_id, name: found.name, args: parseArguments(found.arguments) }]
    }),
  }
}

function toldUsage(found: z.infer<typeof usage>): ToldUsage {
  mustBe(found.total_tokens === found.input_tokens + found.output_tokens, 'The total is no sum.')
  return {
    prompt: found.input_tokens,
    cached: found.input_tokens_details.cached_tokens,
    completion: found.output_tokens,
    reasoning: found.output_tokens_details.reasoning_tokens,
  }
}
