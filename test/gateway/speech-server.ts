import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a scripted speech server was asked. */
export interface SpeechAsk {
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly fileName: string
  readonly fileType: string
  readonly sound: Buffer
  /** True once the gateway has closed the connection before the answer. */
  readonly left: () => boolean
}

export interface SpeechServer {
  readonly url: string
  readonly asks: readonly SpeechAsk[]
  /** Requests that are being worked on, and the most there ever were at once. */
  readonly running: number
  readonly runningMax: number
  close(): Promise<void>
}

export interface SpeechScript {
  /** What `/health` says; whisper.cpp's where it is not given. */
  readonly health?: { readonly status: number; readonly body: string }
  readonly models?: readonly string[]
  /** Answers a request for a transcript; what hangs never answers. */
  answer?(ask: SpeechAsk, response: ServerResponse): void
  /** Counts the bytes of bodies, and keeps none. */
  readonly onlyCounts?: boolean
}

/** A speech server that answers what a test says, in whisper.cpp's form where it says nothing. */
export async function startSpeechServer(script: SpeechScript = {}): Promise<SpeechServer> {
  const asks: SpeechAsk[] = []
  let running = 0
  let runningMax = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') return answerLook(script, request.url ?? '', response)
    running++
    runningMax = Math.max(runningMax, running)
    response.once('close', () => {
      running--
    })
    const ask = await readAsk(request, response, script.onlyCounts === true)
    asks.push(ask)
    if (script.answer === undefined) response.end(JSON.stringify(whisperAnswer()))
    else script.answer(ask, response)
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asks,
    get running() {
      return running
    },
    get runningMax() {
      return runningMax
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function answerLook({ health, models }: SpeechScript, path: string, response: ServerResponse): void {
  if (path === '/v1/models' && models !== undefined) {
    response.end(JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) }))
    return
  }
  const { status, body } = health ?? { status: 200, body: '{"status":"ok"}' }
  response.writeHead(path === '/health' ? status : 404)
  response.end(path === '/health' ? body : `File Not Found (${path})`)
}

async function readAsk(request: IncomingMessage, response: ServerResponse, onlyCounts: boolean): Promise<SpeechAsk> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += piece.length
    if (!onlyCounts) pieces.push(piece)
  }
  const left = () => response.destroyed && !response.writableFinished
  const path = request.url ?? ''
  if (Number(request.headers['content-length']) !== bytes) throw new Error('The length is not what was said.')
  if (onlyCounts) return { path, fields: {}, fileName: '', fileType: '', sound: Buffer.alloc(0), left }
  const type = request.headers['content-type'] ?? ''
  const form = await new Response(Buffer.concat(pieces), { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  if (!(file instanceof File)) throw new Error('There is no file in the form.')
  const fields = [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
  const sound = Buffer.from(await file.arrayBuffer())
  return { path, fields: Object.fromEntries(fields), fileName: file.name, fileType: file.type, sound, left }
}

/** Two segments as whisper.cpp writes them, whose words are tokens. */
function whisperAnswer(): object {
  const words = (...list: [string, number, number][]) =>
    list.map(([word, start, end]) => ({ word, start, end, t_dtw: -1, probability: 0.9 }))
  const told = { temperature: 0, avg_logprob: -0.25, no_speech_prob: 0.01 }
  const first = words([' Guten', 0, 0.4], [' Mor', 0.4, 0.6], ['gen', 0.6, 0.8], [',', 0.8, 0.8])
  const second = words([' wie', 1, 1.2], [' geht', 1.2, 1.4], [' es', 1.4, 1.5], ['?', 1.5, 30])
  return {
    task: 'transcribe',
    language: 'german',
    duration: 2,
    text: ' Guten Morgen,\n wie geht es?\n',
    segments: [
      { id: 0, text: ' Guten Morgen,', start: 0, end: 0.9, tokens: [1, 2, 3, 4], words: first, ...told },
      { id: 1, text: ' wie geht es?', start: 1, end: 30, tokens: [5, 6, 7, 8], words: second, ...told },
    ],
  }
}
