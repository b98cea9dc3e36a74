import type { TestGateway } from '../support/test-gateway.ts'

interface AskGeminiOptions {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Asks as a plain client does, with the key that may use everything. */
export function askGemini(
  { url, key }: TestGateway,
  body: unknown,
  { path = '/v1beta/models/gemma4:generateContent', headers = {}, signal }: AskGeminiOptions = {},
): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'x-goog-api-key': key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: signal ?? null,
  })
}

/** A body with one message of the user's. */
export function contents(text: string, rest: object = {}): object {
  return { contents: [{ parts: [{ text }] }], ...rest }
}

/** One object of an answer, as far as tests look into it. */
export interface Told {
  readonly candidates?: readonly {
    readonly content: {
      readonly parts: readonly {
        readonly text?: string
        readonly thought?: boolean
        readonly thoughtSignature?: string
        readonly functionCall?: { readonly id: string; readonly name: string; readonly args: object }
      }[]
      readonly role: string
    }
    readonly finishReason?: string
    readonly index: number
  }[]
  readonly usageMetadata?: Readonly<Record<string, number>>
  readonly modelVersion?: string
  readonly responseId?: string
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly status: string
    readonly details?: object[]
  }
}

export async function toldBy(response: Promise<Response> | Response): Promise<Told> {
  // What is in it is what the tests look at.
  return (await (await response).json()) as Told
}

export interface ToldFrames {
  readonly objects: readonly Told[]
  /** Whether `[DONE]` came, as the last frame of all. */
  readonly done: boolean
}

/** Takes a stream apart; throws for anything but complete frames of one line of data, which is all that old SDKs read. */
export function readGeminiFrames(stream: string): ToldFrames {
  const frames = stream.split('\n\n')
  if (frames.pop() !== '') throw new Error('The stream ends in the middle of a frame.')
  const done = frames.at(-1) === 'data: [DONE]'
  if (done) frames.pop()
  return { objects: frames.map(readFrame), done }
}

function readFrame(frame: string): Told {
  if (!frame.startsWith('data: ') || frame.includes('\n')) throw new Error(`This is no frame: ${frame}`)
  // As above.
  return JSON.parse(frame.slice('data: '.length)) as Told
}

export function textIn(objects: readonly Told[]): string {
  const parts = objects.flatMap(({ candidates = [] }) => candidates.flatMap(({ content }) => content.parts))
  return parts.map(({ text = '', thought }) => (thought === true ? '' : text)).join('')
}

export function finishesIn(objects: readonly Told[]): string[] {
  return objects.flatMap(({ candidates = [] }) => candidates.flatMap(({ finishReason }) => finishReason ?? []))
}
