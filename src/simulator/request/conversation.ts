import { createHash } from 'node:crypto'
import { audioTokensOf } from './audio-tokens.ts'
import { isJson, type Json } from './read-field.ts'
import type { SentCall, SentMessage } from './read-messages.ts'
import { badRequest, VllmError } from './vllm-error.ts'

interface Medium {
  readonly kind: 'image' | 'audio'
  readonly hash: string
  readonly tokens: number
}

/** A message with its content taken apart. */
export interface Turn {
  readonly role: string
  readonly text: string
  readonly images: number
  readonly audios: number
  /** Of each image and sound, in the order in which the prompt has them: what tells it from others, and its tokens. */
  readonly media: readonly Medium[]
  /** What they are in tokens, all together. */
  readonly audioTokens: number
  readonly toolCalls: readonly SentCall[]
  readonly toolCallId: string | null
}

const audiosMax = 1

/** @throws VllmError for parts that vLLM does not know, would have to fetch, or finds too many of. */
export function readConversation(messages: readonly SentMessage[], imagesMax: number): Turn[] {
  const turns = messages.map(readTurn)
  checkMedia('image', sum(turns, 'images'), imagesMax)
  checkMedia('audio', sum(turns, 'audios'), audiosMax)
  return turns
}

function sum(turns: readonly Turn[], kind: 'images' | 'audios'): number {
  return turns.reduce((total, turn) => total + turn[kind], 0)
}

function checkMedia(modality: string, found: number, allowed: number): void {
  if (found > allowed) throw badRequest(`At most ${allowed} ${modality}(s) may be provided in one prompt.`)
}

function readTurn({ role, content, toolCalls, toolCallId }: SentMessage): Turn {
  for (const call of toolCalls) checkArguments(call.arguments)
  const parts = Array.isArray(content) ? content : [content ?? '']
  const media: Medium[] = []
  let text = ''
  for (const part of parts) {
    const read = readPart(part)
    if ('kind' in read) media.push(read)
    else text += (text === '' ? '' : '\n') + read.text
  }
  // The template puts images before sounds.
  const ordered = [...media.filter(({ kind }) => kind === 'image'), ...media.filter(({ kind }) => kind === 'audio')]
  const audios = ordered.filter(({ kind }) => kind === 'audio')
  return {
    ...{ role, text, media: ordered, images: ordered.length - audios.length, audios: audios.length },
    audioTokens: audios.reduce((sum, { tokens }) => sum + tokens, 0),
    ...{ toolCalls, toolCallId },
  }
}

/** Arguments in the history are parsed for the chat template. */
function checkArguments(json: string): void {
  try {
    JSON.parse(json)
  } catch {
    throw badRequest('Expecting value: line 1 column 1 (char 0)')
  }
}

function readPart(part: unknown): Medium | { readonly text: string } {
  if (typeof part === 'string') return { text: part }
  if (!isJson(part)) throw badRequest(`Unknown part type: ${typeof part}`)
  const type = part['type'] ?? (part['image_url'] === undefined ? 'text' : 'image_url')
  if (type === 'text') return { text: String(part['text'] ?? '') }
  if (type === 'input_audio') return readAudio(part)
  if (type === 'image_url') return readImage(part)
  throw badRequest(`Unknown part type: ${String(type)}`)
}

function readAudio(part: Json): Medium {
  const audio = part['input_audio']
  const data = isJson(audio) ? audio['data'] : undefined
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(data))
    throw new VllmError(422, 'UnprocessableEntityError', 'Failed to load audio.')
  return { kind: 'audio', hash: hashOf(data), tokens: audioTokensOf(Buffer.from(data, 'base64')) }
}

export const imageTokens = 282

function readImage(part: Json): Medium {
  const image = part['image_url']
  const url = String(isJson(image) ? image['url'] : image)
  if (/^data:image\/[\w.+-]+;base64,[A-Za-z0-9+/=\s]+$/.test(url))
    return { kind: 'image', hash: hashOf(url), tokens: imageTokens }
  if (url.startsWith('data:')) throw new VllmError(422, 'UnprocessableEntityError', 'Failed to load image.')
  const domain = URL.canParse(url) ? new URL(url).hostname : url
  const message = `The URL must be from one of the allowed domains: ['none.invalid']. Input URL domain: ${domain}`
  throw new VllmError(422, 'UnprocessableEntityError', message)
}

function hashOf(data: string): string {
  return createHash('sha256').update(data).digest('base64')
}
