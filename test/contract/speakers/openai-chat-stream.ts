import * as z from 'zod'
import type { Finish, Told } from '../story.ts'
import { error, parseArguments, toldError, toldUsage, usage } from './openai-words.ts'
import { mustBe, readUnnamed } from './read-sse.ts'

const openingCall = z.strictObject({
  index: z.int().min(0),
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
})
/** Later pieces repeat neither the id nor the name, and are never null: Python's SDK fails at that. */
const laterCall = z.strictObject({ index: z.int().min(0), function: z.strictObject({ arguments: z.string().min(1) }) })

const delta = z.union([
  z.strictObject({ role: z.literal('assistant'), content: z.literal(''), refusal: z.null() }),
  z.strictObject({ content: z.string().min(1) }),
  z.strictObject({ reasoning: z.string().min(1), reasoning_content: z.string().min(1) }),
  z.strictObject({ tool_calls: z.tuple([z.union([openingCall, laterCall])]) }),
  z.strictObject({}),
])
type Delta = z.infer<typeof delta>

const choice = z.strictObject({
  index: z.literal(0),
  delta,
  logprobs: z.null(),
  finish_reason: z.enum(['stop', 'tool_calls', 'length']).nullable(),
})
const head = {
  id: z.string().startsWith('chatcmpl-'),
  object: z.literal('chat.completion.chunk'),
  created: z.int().positive(),
  model: z.string(),
}
const chunk = z.strictObject({ ...head, choices: z.tuple([choice]), usage: z.null() })
const counted = z.strictObject({ ...head, choices: z.tuple([]), usage })
const failed = z.strictObject({ error })

const finishes = { stop: 'stop', tool_calls: 'tool-calls', length: 'length' } as const satisfies Record<string, Finish>

interface Gathered {
  reasoning: string
  text: string
  finish: Finish | null
  readonly calls: { id: string; name: string; json: string }[]
}

export function readStream(text: string): Told {
  const { comments, data } = readUnnamed(text)
  mustBe(data.at(-1) === '[DONE]', 'The stream does not end in [DONE].')
  const objects = data.slice(0, -1).map((json): unknown => JSON.parse(json))
  const ending = objects.pop()
  const gathered: Gathered = { reasoning: '', text: '', finish: null, calls: [] }
  const chunks = objects.map((object) => chunk.parse(object))
  chunks.forEach(({ choices: [{ delta: found, finish_reason: finish }] }, index) => {
    mustBe('role' in found === (index === 0), 'The role is told first, and once.')
    mustBe(gathered.finish === null, 'Something comes after the finish.')
    gather(gathered, found)
    mustBe(finish === null || Object.keys(found).length === 0, 'The finish comes by itself.')
    if (finish !== null) gathered.finish = finishes[finish]
  })
  const told = { ...toldBy(gathered), keepAlives: comments }
  const failure = failed.safeParse(ending)
  if (failure.success) {
    mustBe(gathered.finish === null, 'A failure comes after the finish.')
    return { ...told, calls: [], error: toldError(failure.data.error) }
  }
  const count = counted.parse(ending)
  mustBe(gathered.finish !== null, 'There is no finish.')
  const heads = new Set([...chunks, count].map(({ id, created, model }) => `${id} ${created} ${model}`))
  mustBe(heads.size === 1, 'Chunks of one answer differ in what they are called.')
  return { ...told, usage: toldUsage(count.usage), calls: toldCalls(gathered) }
}

function gather(gathered: Gathered, found: Delta): void {
  if ('reasoning' in found) {
    mustBe(gathered.text === '' && gathered.calls.length === 0, 'The reasoning comes first.')
    mustBe(found.reasoning === found.reasoning_content, 'The two spellings of reasoning differ.')
    gathered.reasoning += found.reasoning
  } else if ('tool_calls' in found) {
    gatherCall(gathered, found.tool_calls[0])
  } else if ('content' in found) {
    mustBe(gathered.calls.length === 0, 'Calls come last.')
    gathered.text += found.content
  }
}

function gatherCall({ calls }: Gathered, piece: z.infer<typeof openingCall> | z.infer<typeof laterCall>): void {
  if ('id' in piece) {
    mustBe(piece.index === calls.length, 'Calls are numbered from 0.')
    calls.push({ id: piece.id, name: piece.function.name, json: piece.function.arguments })
    return
  }
  const open = calls[piece.index]
  mustBe(open !== undefined && piece.index === calls.length - 1, 'A piece belongs to no open call.')
  open.json += piece.function.arguments
}

function toldCalls({ calls }: Gathered): Told['calls'] {
  return calls.map(({ id, name, json }) => ({ id, name, args: parseArguments(json) }))
}

function toldBy({ reasoning, text, finish, calls }: Gathered) {
  const made = calls.map(({ id, name, json }) => ({ id, type: 'function', function: { name, arguments: json } }))
  const turn = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: made }),
  }
  return { reasoning, text, finish, usage: null, error: null, turn: [turn] }
}
