import type { ChatEvent } from '../../src/chat/chat-event.ts'
import { type ChunkDecoderOptions, createChunkDecoder } from '../../src/upstream/decode-chunk.ts'
import { vllmChunkSchema } from '../../src/upstream/vllm-chunk.ts'

/** Chunks as vLLM 0.28 sends them: every key, and null for what is not there. */

const head = { id: 'chatcmpl-X', object: 'chat.completion.chunk', created: 1759900000, model: 'gemma-4-e2b' }

export interface ChunkEnd {
  readonly index?: number
  readonly finish_reason?: string
  readonly stop_reason?: number | string | null
  readonly logprobs?: object
  readonly usage?: object
}

export function chunk(delta: object, end: ChunkEnd = {}): string {
  const { index = 0, finish_reason = null, stop_reason, logprobs = null, usage } = end
  const told = stop_reason === undefined ? {} : { stop_reason }
  const choice = { index, delta, logprobs, finish_reason, ...told, token_ids: null }
  return JSON.stringify({ ...head, choices: [choice], ...(usage !== undefined && { usage }) })
}

export function opening(index = 0): string {
  return chunk({ role: 'assistant', content: '' }, { index })
}

export function ending(finish_reason: string, stop_reason: number | string | null = 106, index = 0): string {
  return chunk({ content: '' }, { index, finish_reason, stop_reason })
}

/** A piece of a tool call; the first has a name, the others have arguments alone. */
export function callPiece(index: number, { name, json }: { readonly name?: string; readonly json?: string }): object {
  const called = { ...(name !== undefined && { name }), ...(json !== undefined && { arguments: json }) }
  const first = name === undefined ? {} : { id: `chatcmpl-tool-${index}`, type: 'function' }
  return { ...first, index, function: called }
}

export function callChunk(index: number, piece: { readonly name?: string; readonly json?: string }): string {
  return chunk({ tool_calls: [callPiece(index, piece)] })
}

export function usageChunk(usage: object): string {
  return JSON.stringify({ ...head, choices: [], usage, system_fingerprint: 'vllm-0.28.0-1a2b3c4d' })
}

/** What a decoder makes of a whole stream. */
export function decodeAll(frames: readonly string[], options: Partial<ChunkDecoderOptions> = {}): ChatEvent[] {
  const decoder = createChunkDecoder({ choices: 1, firstCallOnly: false, tokensMax: 100, ...options })
  const events: ChatEvent[] = []
  for (const frame of frames) decoder.decode(vllmChunkSchema.parse(JSON.parse(frame)), events)
  decoder.end(events)
  return events
}

/** The same, without what begins and ends every reply. */
export function decodeMiddle(frames: readonly string[], options: Partial<ChunkDecoderOptions> = {}): ChatEvent[] {
  return decodeAll(frames, options).filter(({ type }) => type !== 'start' && type !== 'usage')
}
