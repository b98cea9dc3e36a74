import { setTimeout as wait } from 'node:timers/promises'

/** What a client knows of one of its requests. */
export interface Tally {
  readonly kind: 'whole' | 'stream' | 'long'
  /** The id of the answer, once its headers came. */
  id: string | undefined
  /** Every byte of the answer came, its last one included. */
  complete: boolean
  promptTokens: number
  completionTokens: number
  /** Frames of text with the times at which they came, in monotonic milliseconds. */
  readonly framesAt: number[]
  /** When the answer broke off. */
  brokenAt: number | undefined
}

export interface TalliedLoad {
  readonly tallies: readonly Tally[]
  /** Where to ask from now on; undefined while nobody is there. */
  aim(url: string | undefined): void
  /** Resolves when every answer has ended. */
  stop(): Promise<void>
}

export interface LoadPlan {
  readonly key: string
  /** How many clients ask at once for each kind of answer, one after the other. */
  readonly clients: Readonly<Record<Tally['kind'], number>>
}

const bodies: Readonly<Record<Tally['kind'], object>> = {
  whole: { messages: [{ role: 'user', content: '[[words 4]]' }] },
  stream: {
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: '[[words 9]]' }],
  },
  long: {
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: '[[words 900]]' }],
  },
}

/** Clients that keep books of their own on everything that they were answered. */
export function startTalliedLoad({ key, clients }: LoadPlan): TalliedLoad {
  const tallies: Tally[] = []
  let target: string | undefined
  let isStopped = false

  async function ask(kind: Tally['kind'], url: string): Promise<void> {
    const tally: Tally = {
      kind,
      id: undefined,
      complete: false,
      promptTokens: 0,
      completionTokens: 0,
      framesAt: [],
      brokenAt: undefined,
    }
    tallies.push(tally)
    try {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(bodies[kind]),
      })
      tally.id = response.headers.get('x-request-id') ?? undefined
      if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`)
      if (kind === 'whole') readWhole(await response.text(), tally)
      else await readStream(response, tally)
    } catch {
      tally.brokenAt = performance.now()
      await wait(2)
    }
  }

  async function askOnAndOn(kind: Tally['kind']): Promise<void> {
    while (!isStopped) {
      if (target === undefined) await wait(5)
      else await ask(kind, target)
    }
  }

  const kinds: Tally['kind'][] = ['whole', 'stream', 'long']
  const running = kinds.flatMap((kind) => Array.from({ length: clients[kind] }, () => askOnAndOn(kind)))
  return {
    tallies,
    aim(url) {
      target = url
    },
    async stop() {
      isStopped = true
      await Promise.all(running)
    },
  }
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

function readWhole(text: string, tally: Tally): void {
  // It is our own gateway that wrote it.
  note(tally, (JSON.parse(text) as { usage: Usage }).usage)
  tally.complete = true
}

async function readStream(response: Response, tally: Tally): Promise<void> {
  let rest = ''
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + piece).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) readFrame(frame, tally)
  }
  if (!tally.complete) throw new Error('The stream ended without an end.')
}

function readFrame(frame: string, tally: Tally): void {
  if (frame === 'data: [DONE]') tally.complete = true
  if (!frame.startsWith('data: {')) return
  const chunk = JSON.parse(frame.slice(6)) as { usage?: Usage | null; choices?: unknown[]; error?: unknown }
  if (chunk.error !== undefined) throw new Error('An error in the stream.')
  if (chunk.usage != null) note(tally, chunk.usage)
  else tally.framesAt.push(performance.now())
}

function note(tally: Tally, usage: Usage): void {
  tally.promptTokens = usage.prompt_tokens
  tally.completionTokens = usage.completion_tokens
}
