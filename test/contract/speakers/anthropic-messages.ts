import * as z from 'zod'
import type { Letter, Result, Story, Told, Tool, Turn } from '../story.ts'
import { readStream } from './anthropic-messages-stream.ts'
import { block, ending, messageHead, readError, toldBlocks, toldFinish, toldUsage, usage } from './anthropic-words.ts'
import { sseType } from './read-sse.ts'
import type { Speaker } from './speaker.ts'

const whole = z.strictObject({ ...messageHead, content: z.array(block), ...ending, usage })

export const anthropicMessages: Speaker = {
  name: 'anthropic-messages',
  family: 'messages',
  lacks: [],
  tellFinish: (finish) => (finish === 'malformed-call' ? 'length' : finish),
  ask,
  goOn,
  present: (key) => ({ 'x-api-key': key }),
  misfit: {
    letter: letter({
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ name: '', input_schema: { type: 'object' } }],
    }),
    field: 'tools.0.name',
  },
  unknownRoute: '/v1/messages/batches',
  readWhole(json) {
    const { content, usage: found, ...rest } = whole.parse(JSON.parse(json))
    return { ...toldBlocks(content), finish: toldFinish(rest), usage: toldUsage(found), error: null, keepAlives: 0 }
  },
  readStream,
  readError,
  streamType: sseType,
  keepAlive: /^(?:event: ping\ndata: \{"type":"ping"\}\n\n)+/,
}

function letter(body: Readonly<Record<string, unknown>>): Letter {
  return { path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01' }, body }
}

function ask(story: Story, streamed: boolean): Letter {
  const { says, system, image, thinks = false, tools, format, stop, maxTokens, temperature } = story
  return letter({
    model: story.model ?? 'gemma4',
    max_tokens: maxTokens,
    system: system === undefined ? undefined : [{ type: 'text', text: system }],
    messages: [...(story.before ?? []).map(turnMessage), { role: 'user', content: blocksOf(says, image) }],
    thinking: thinks ? { type: 'enabled', budget_tokens: 1024 } : { type: 'disabled' },
    tools: tools?.map(tool),
    tool_choice: choiceOf(story),
    output_config: format === undefined ? undefined : { format: { type: 'json_schema', schema: format } },
    stop_sequences: stop === undefined ? undefined : [stop],
    temperature,
    ...(streamed ? { stream: true } : {}),
  })
}

function tool({ name, description, properties }: Tool) {
  return { name, description, input_schema: { type: 'object', properties } }
}

function choiceOf({ choice }: Story): object | undefined {
  if (typeof choice === 'object') return { type: 'tool', name: choice.name }
  return choice === undefined ? undefined : { type: choice === 'required' ? 'any' : choice }
}

function blocksOf(said: string, image: string | undefined): object[] {
  const seen = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } }
  return [...(image === undefined ? [] : [seen]), { type: 'text', text: said }]
}

function turnMessage(turn: Turn): object {
  switch (turn.by) {
    case 'user':
      return { role: 'user', content: turn.text }
    case 'model': {
      const said = turn.text === undefined ? [] : [{ type: 'text', text: turn.text }]
      const called = (turn.calls ?? []).map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args }))
      return { role: 'assistant', content: [...said, ...called] }
    }
    case 'tools':
      return resultsMessage(turn.results)
    default:
      return turn satisfies never
  }
}

function resultsMessage(results: readonly Result[]): object {
  const content = results.map(({ call: { id }, text: said, image }) => {
    return { type: 'tool_result', tool_use_id: id, content: image === undefined ? said : blocksOf(said, image) }
  })
  return { role: 'user', content }
}

function goOn({ body, ...rest }: Letter, { turn }: Told, results: readonly Result[]): Letter {
  const messages = [...z.array(z.unknown()).parse(body['messages']), ...turn, resultsMessage(results)]
  return { ...rest, body: { ...body, messages } }
}
