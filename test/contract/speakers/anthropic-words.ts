import * as z from 'zod'
import type { Finish, Told, ToldError, ToldUsage } from '../story.ts'
import { mustBe } from './read-sse.ts'

/** What is told whole and what is told in a stream have these in common. */

const promptUsage = {
  input_tokens: z.int(),
  cache_creation_input_tokens: z.literal(0),
  cache_read_input_tokens: z.int(),
}
export const beginningUsage = z.strictObject({ ...promptUsage, output_tokens: z.int() })
export const usage = z.strictObject({
  ...promptUsage,
  output_tokens: z.int(),
  output_tokens_details: z.strictObject({ thinking_tokens: z.int() }),
})

/** What comes from the cache is not among `input_tokens`. */
export function toldUsage(found: z.infer<typeof usage>): ToldUsage {
  return {
    prompt: found.input_tokens + found.cache_read_input_tokens,
    cached: found.cache_read_input_tokens,
    completion: found.output_tokens,
    reasoning: found.output_tokens_details.thinking_tokens,
  }
}

export const ending = {
  stop_reason: z.enum(['end_turn', 'stop_sequence', 'tool_use', 'max_tokens']),
  stop_sequence: z.string().nullable(),
}
const finishes = {
  end_turn: 'stop',
  stop_sequence: 'stop-string',
  tool_use: 'tool-calls',
  max_tokens: 'length',
} as const satisfies Record<string, Finish>

export function toldFinish({ stop_reason: reason, stop_sequence: stop }: z.infer<z.ZodObject<typeof ending>>): Finish {
  mustBe((reason === 'stop_sequence') === (stop !== null), 'The stop sequence is told where it stopped.')
  return finishes[reason]
}

const thinking = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string().min(1),
  signature: z.string().min(1),
})
/** An empty text would be refused when it comes back. */
const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1) })
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().startsWith('toolu_'),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
})
export const block = z.discriminatedUnion('type', [thinking, text, toolUse])
export type Block = z.infer<typeof block>

export const messageHead = {
  id: z.string().startsWith('msg_'),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
}

export function toldBlocks(content: readonly Block[]): Pick<Told, 'reasoning' | 'text' | 'calls' | 'turn'> {
  const order = content.map(({ type }) => type).join()
  mustBe(/^(?:thinking,?)?(?:text,?)?(?:tool_use,?)*$/.test(order), `The blocks come as ${order}.`)
  return {
    reasoning: content.map((found) => (found.type === 'thinking' ? found.thinking : '')).join(''),
    text: content.map((found) => (found.type === 'text' ? found.text : '')).join(''),
    calls: content.flatMap((found) => {
      return found.type === 'tool_use' ? [{ id: found.id, name: found.name, args: found.input }] : []
    }),
    turn: [{ role: 'assistant', content }],
  }
}

const errorBody = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({ type: z.string(), message: z.string().min(1) }),
  request_id: z.string().startsWith('req_'),
})

/** The field is told in the message alone: `messages.0.content: …`. */
export function readError(json: string): ToldError {
  const { error } = errorBody.parse(JSON.parse(json))
  return {
    word: error.type,
    message: error.message,
    field: /^`([\w.]+)`(?::| is not) /.exec(error.message)?.[1] ?? null,
  }
}
