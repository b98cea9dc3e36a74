import type { OpenaiError } from './ask.ts'

interface ToolCallDelta {
  readonly index: number
  readonly id?: string
  readonly type?: string
  readonly function: { readonly name?: string; readonly arguments: string }
}

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

/** A chunk as clients get it, or an error in its place. */
interface Chunk {
  readonly id?: string
  readonly model?: string
  readonly choices?: readonly {
    readonly index: number
    readonly delta: {
      readonly role?: string
      readonly content?: string
      readonly reasoning?: string
      readonly reasoning_content?: string
      readonly tool_calls?: readonly ToolCallDelta[]
    }
    readonly logprobs: unknown
    readonly finish_reason: string | null
  }[]
  readonly usage?: Usage | null
  readonly error?: OpenaiError
}

export interface Frames {
  readonly comments: number
  readonly chunks: readonly Chunk[]
  /** Whether `[DONE]` came, as the last frame of all. */
  readonly done: boolean
}

/** Takes a stream apart; throws for anything but complete comments and data. */
export function readFrames(stream: string): Frames {
  const frames = stream.split('\n\n')
  if (frames.pop() !== '') throw new Error('The stream ends in the middle of a frame.')
  const data = frames.filter((frame) => !frame.startsWith(':'))
  const done = data.at(-1) === 'data: [DONE]'
  if (done) data.pop()
  return { comments: frames.length - data.length - (done ? 1 : 0), chunks: data.map(readChunk), done }
}

function readChunk(frame: string): Chunk {
  if (!frame.startsWith('data: ') || frame.includes('\n')) throw new Error(`This is no frame: ${frame}`)
  // What is in it is what the tests look at.
  return JSON.parse(frame.slice('data: '.length)) as Chunk
}

export async function framesOf(response: Promise<Response> | Response): Promise<Frames> {
  return readFrames(await (await response).text())
}

export function textOf({ chunks }: Frames): string {
  return chunks.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('')
}

export function finishesOf({ chunks }: Frames): (string | null)[] {
  return chunks.flatMap(({ choices }) => choices?.map(({ finish_reason: reason }) => reason) ?? []).filter(Boolean)
}
