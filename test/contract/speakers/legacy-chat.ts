import * as z from 'zod'
import type { Letter, Story, Told } from '../story.ts'
import { error, readError, toldError, toldUsage, usage } from './openai-words.ts'
import { mustBe, readUnnamed, sseType } from './read-sse.ts'
import type { Speaker } from './speaker.ts'

const whole = z.strictObject({ response: z.string(), model: z.string(), usage })
const piece = z.strictObject({ delta: z.string() })
const last = z.strictObject({ done: z.literal(true), usage })
const failed = z.strictObject({ error })

export const legacyChat: Speaker = {
  name: 'legacy-chat',
  family: 'chat',
  lacks: ['thinking', 'tools', 'images', 'formats', 'stops', 'history', 'choices by name'],
  tellFinish: () => null,
  ask,
  goOn() {
    throw new Error('The first contract has no conversations.')
  },
  present: (key) => ({ authorization: `Bearer ${key}` }),
  misfit: { letter: letter({ prompt: 7 }), field: 'prompt' },
  unknownRoute: '/chat/history',
  readWhole(text) {
    const { response, usage: found } = whole.parse(JSON.parse(text))
    return { ...silent, text: response, usage: toldUsage(found) }
  },
  readStream,
  readError,
  streamType: sseType,
  keepAlive: /^(?:: keep-alive\n\n)+/,
}

const silent: Told = {
  reasoning: '',
  text: '',
  calls: [],
  finish: null,
  usage: null,
  error: null,
  keepAlives: 0,
  turn: [],
}

function letter(body: Readonly<Record<string, unknown>>): Letter {
  return { path: '/chat', headers: {}, body }
}

function ask({ says, system, maxTokens, temperature, model = 'gemma4', thinks }: Story, streamed: boolean): Letter {
  return letter({
    prompt: says,
    system_prompt: system,
    max_tokens: maxTokens,
    temperature,
    model,
    enable_thinking: thinks === true,
    stream: streamed,
  })
}

function readStream(text: string): Told {
  const { comments, data } = readUnnamed(text)
  const ending: unknown = JSON.parse(data.at(-1) ?? 'null')
  const pieces = data.slice(0, -1).map((json) => piece.parse(JSON.parse(json)).delta)
  mustBe(!pieces.includes(''), 'A piece is empty.')
  const told = { ...silent, text: pieces.join(''), keepAlives: comments }
  const failure = failed.safeParse(ending)
  if (failure.success) return { ...told, error: toldError(failure.data.error) }
  return { ...told, usage: toldUsage(last.parse(ending).usage) }
}
