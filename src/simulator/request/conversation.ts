import { audioTokensOf } from './audio-tokens.ts'
import { isJson, type Json } from './read-field.ts'
import type { SentCall, SentMessage } from './read-messages.ts'
import { badRequest, VllmError } from './vllm-error.ts'

/** A message with its content taken apart. */
export interface Turn {
  readonly role: string
  readonly text: string
  readonly images: number
  readonly audios: number
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
  let text = ''
  let images = 0
  let audios = 0
  let audioTokens = 0
  for (const part of parts) {
    const kind = partKind(part)
    if (kind === 'image') images += 1
    else if ('audioTokens' in kind) {
      audios += 1
      audioTokens += kind.audioTokens
    } else text += (text === '' ? '' : '\n') + kind.text
  }
  return { role, text, images, audios, audioTokens, toolCalls, toolCallId }
}

/** Arguments in the history are parsed for the chat template. */
function checkArguments(json: string): void {
  try {
    JSON.parse(json)
  } catch {
    throw badRequest('Expecting value: line 1 column 1 (char 0)')
  }
}

type PartKind = 'image' | { readonly audioTokens: number } | { readonly text: string }

function partKind(part: unknown): PartKind {
  if (typeof part === 'string') return { text: part }
  if (!isJson(part)) throw badRequest(`Unknown part type: ${typeof part}`)
  const type = part['type'] ?? (part['image_url'] === undefined ? 'text' : 'image_url')
  if (type === 'text') return { text: String(part['text'] ?? '') }
  if (type === 'input_audio') return { audioTokens: checkAudio(part) }
  if (type === 'image_url') return checkImage(part)
  throw badRequest(`Unknown part type: ${String(type)}`)
}

function checkAudio(part: Json): number {
  const audio = part['input_audio']
  const data = isJson(audio) ? audio['data'] : undefined
  if (typeof data === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(data)) return audioTokensOf(Buffer.from(data, 'base64'))
  throw new VllmError(422, 'UnprocessableEntityError', 'Failed to load audio.')
}

function checkImage(part: Json): 'image' {
  const image = part['image_url']
  const url = String(isJson(image) ? image['url'] : image)
  if (/^data:image\/[\w.+-]+;base64,[A-Za-z0-9+/=\s]+$/.test(url)) return 'image'
  if (url.startsWith('data:')) throw new VllmError(422, 'UnprocessableEntityError', 'Failed to load image.')
  const domain = URL.canParse(url) ? new URL(url).hostname : url
  const message = `The URL must be from one of the allowed domains: ['none.invalid']. Input URL domain: ${domain}`
  throw new VllmError(422, 'UnprocessableEntityError', message)
}
