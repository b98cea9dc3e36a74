import * as z from 'zod'
import type { Letter, Result, Story, Told, Tool, Turn } from '../story.ts'
import { toldResponse } from './openai-responses-object.ts'
import { readStream } from './openai-responses-stream.ts'
import { readError } from './openai-words.ts'
import { sseType } from './read-sse.ts'
import type { Speaker } from './speaker.ts'

export const openaiResponses: Speaker = {
  name: 'openai-responses',
  family: 'responses',
  // The API has no stop strings.
  lacks: ['stops'],
  tellFinish(finish) {
    if (finish === 'malformed-call') return 'tool-calls'
    return finish === 'stop-string' ? 'stop' : finish
  },
  ask,
  goOn,
  present: (key) => ({ authorization: `Bearer ${key}` }),
  misfit: { letter: letter({ input: 'Hi', tools: [{ type: 'function', name: '' }] }), field: 'tools[0].name' },
  unknownRoute: '/v1/responses/compact',
  readWhole: (text) => toldResponse(JSON.parse(text)),
  readStream,
  readError,
  streamType: sseType,
  keepAlive:
    /^event: response\.created\ndata: .+\n\nevent: response\.in_progress\ndata: .+\n\n(?:event: keepalive\ndata: \{"type":"keepalive","sequence_number":\d+\}\n\n)+/,
}

function letter(body: Readonly<Record<string, unknown>>): Letter {
  return { path: '/v1/responses', headers: {}, body }
}

function ask(story: Story, streamed: boolean): Letter {
  const { says, system, image, thinks = false, tools, format, maxTokens, temperature } = story
  return letter({
    model: story.model ?? 'gemma4',
    instructions: system,
    input: [
      ...(story.before ?? []).flatMap(turnItems),
      { type: 'message', role: 'user', content: partsOf(says, image) },
    ],
    reasoning: { effort: thinks ? 'high' : 'none' },
    tools: tools?.map(tool),
    tool_choice: typeof story.choice === 'object' ? { type: 'function', ...story.choice } : story.choice,
    text:
      format === undefined
        ? undefined
        : { format: { type: 'json_schema', name: 'response', schema: format, strict: true } },
    max_output_tokens: maxTokens,
    temperature,
    store: false,
    ...(streamed ? { stream: true } : {}),
  })
}

function tool({ name, description, properties }: Tool) {
  return { type: 'function', name, description, parameters: { type: 'object', properties } }
}

function partsOf(text: string, image: string | undefined): object[] {
  const seen = { type: 'input_image', image_url: `data:image/png;base64,${image}` }
  return [...(image === undefined ? [] : [seen]), { type: 'input_text', text }]
}

function turnItems(turn: Turn): object[] {
  switch (turn.by) {
    case 'user':
      return [{ role: 'user', content: turn.text }]
    case 'model': {
      const { text, calls = [] } = turn
      const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] }
      const called = calls.map(({ id, name, args }) => {
        return { type: 'function_call', call_id: id, name, arguments: JSON.stringify(args) }
      })
      return [...(text === undefined ? [] : [said]), ...called]
    }
    case 'tools':
      return turn.results.map(resultItem)
    default:
      return turn satisfies never
  }
}

function resultItem({ call: { id }, text, image }: Result): object {
  const output = image === undefined ? text : partsOf(text, image)
  return { type: 'function_call_output', call_id: id, output }
}

function goOn({ body, ...rest }: Letter, { turn }: Told, results: readonly Result[]): Letter {
  const input = [...z.array(z.unknown()).parse(body['input']), ...turn, ...results.map(resultItem)]
  return { ...rest, body: { ...body, input } }
}
