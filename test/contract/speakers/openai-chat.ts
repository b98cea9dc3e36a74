import * as z from 'zod'
import type { Finish, Letter, Result, Story, Told, Tool, Turn } from '../story.ts'
import { readStream } from './openai-chat-stream.ts'
import { parseArguments, readError, toldUsage, usage } from './openai-words.ts'
import { mustBe, sseType } from './read-sse.ts'
import type { Speaker } from './speaker.ts'

const call = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
})

const message = z.strictObject({
  role: z.literal('assistant'),
  content: z.string().nullable(),
  refusal: z.null(),
  reasoning: z.string().min(1).optional(),
  reasoning_content: z.string().min(1).optional(),
  tool_calls: z.array(call).min(1).optional(),
})

const choice = z.strictObject({
  index: z.literal(0),
  message,
  logprobs: z.null(),
  finish_reason: z.enum(['stop', 'tool_calls', 'length']),
})

const whole = z.strictObject({
  id: z.string().startsWith('chatcmpl-'),
  object: z.literal('chat.completion'),
  created: z.int().positive(),
  model: z.string(),
  choices: z.tuple([choice]),
  usage,
})

const finishes = { stop: 'stop', tool_calls: 'tool-calls', length: 'length' } as const satisfies Record<string, Finish>

export const openaiChat: Speaker = {
  name: 'openai-chat',
  family: 'chat',
  lacks: [],
  // A call that was asked for by name is no decision of the model's.
  tellFinish(finish, { choice }) {
    if (finish === 'malformed-call') return 'tool-calls'
    return finish === 'stop-string' || typeof choice === 'object' ? 'stop' : finish
  },
  ask,
  goOn,
  present: (key) => ({ authorization: `Bearer ${key}` }),
  misfit: {
    letter: letter({
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [tool({ name: 'a b', description: '', properties: {} })],
    }),
    field: 'tools[0].function.name',
  },
  unknownRoute: '/v1/fine_tuning/jobs',
  readWhole,
  readStream,
  readError,
  streamType: sseType,
  keepAlive: /^(?:: keep-alive\n\n)+/,
}

function letter(body: Readonly<Record<string, unknown>>): Letter {
  return { path: '/v1/chat/completions', headers: {}, body }
}

function ask(story: Story, streamed: boolean): Letter {
  const { says, system, image, thinks = false, tools, format, stop, maxTokens, temperature } = story
  const jsonSchema = { name: 'response', schema: format, strict: true }
  return letter({
    model: story.model ?? 'gemma4',
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...(story.before ?? []).flatMap(turnMessages),
      { role: 'user', content: contentOf(says, image) },
    ],
    reasoning_effort: thinks ? 'high' : 'none',
    tools: tools?.map(tool),
    tool_choice: typeof story.choice === 'object' ? { type: 'function', function: story.choice } : story.choice,
    response_format: format === undefined ? undefined : { type: 'json_schema', json_schema: jsonSchema },
    stop,
    max_completion_tokens: maxTokens,
    temperature,
    ...(streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
  })
}

function tool({ name, description, properties }: Tool) {
  return { type: 'function', function: { name, description, parameters: { type: 'object', properties } } }
}

function contentOf(text: string, image: string | undefined) {
  if (image === undefined) return text
  return [
    { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
    { type: 'text', text },
  ]
}

function turnMessages(turn: Turn): object[] {
  switch (turn.by) {
    case 'user':
      return [{ role: 'user', content: turn.text }]
    case 'model': {
      const calls = turn.calls?.map(({ id, name, args }) => {
        return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } }
      })
      return [{ role: 'assistant', content: turn.text ?? null, tool_calls: calls }]
    }
    case 'tools':
      return turn.results.map(resultMessage)
    default:
      return turn satisfies never
  }
}

function resultMessage({ call: { id }, text, image }: Result): object {
  return { role: 'tool', tool_call_id: id, content: contentOf(text, image) }
}

function goOn({ body, ...rest }: Letter, { turn }: Told, results: readonly Result[]): Letter {
  const messages = [...z.array(z.unknown()).parse(body['messages']), ...turn, ...results.map(resultMessage)]
  return { ...rest, body: { ...body, messages } }
}

function readWhole(text: string): Told {
  const { choices, usage: found } = whole.parse(JSON.parse(text))
  const { message: said, finish_reason: finish } = choices[0]
  mustBe(said.reasoning === said.reasoning_content, 'The two spellings of reasoning differ.')
  mustBe(said.content !== null || said.tool_calls !== undefined, 'There is neither content nor a call.')
  return {
    reasoning: said.reasoning ?? '',
    text: said.content ?? '',
    calls: (said.tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => {
      return { id, name, args: parseArguments(json) }
    }),
    finish: finishes[finish],
    usage: toldUsage(found),
    error: null,
    keepAlives: 0,
    turn: [said],
  }
}
