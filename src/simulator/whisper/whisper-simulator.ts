import type { Socket } from 'node:net'
import { createEngine, type Engine } from '../engine/engine.ts'
import { openRun, work } from '../engine/work.ts'
import { type Answer, jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { createLookAlike, type LookAlike } from '../look-alike.ts'
import { readDirectives } from '../reply/directives.ts'
import { plain, type Route } from '../routes/route.ts'
import { transcribe } from '../sound/transcript.ts'
import { readInference } from './read-inference.ts'
import { fileNotFound } from './whisper-error.ts'
import { whisperManners } from './whisper-manners.ts'
import { defaultWhisperOptions, type WhisperOptions } from './whisper-options.ts'
import { writeTranscript } from './write-transcript.ts'

/** A whisper.cpp server without a model: one job at a time. `loading` is what `POST /load` makes of it. */
export type WhisperSimulator = LookAlike<'ready' | 'loading'>

export function createWhisperSimulator(options: Partial<WhisperOptions> = {}): WhisperSimulator {
  const settings: WhisperOptions = { ...defaultWhisperOptions, ...options }
  const engine = createEngine(1)
  const threadOf = createThreads(settings.threads)
  const routes: readonly Route[] = [
    { method: 'POST', path: settings.inferencePath, answer: (exchange) => infer(exchange, engine, settings) },
    plain('GET', '/health', () => health(engine)),
    plain('GET', '/', () => ({ status: 200, type: 'text/html', text: page })),
  ]
  return createLookAlike<'ready' | 'loading'>({
    engine,
    routes: routes.map((route) => onThread(route, threadOf)),
    manners: whisperManners,
    mainRoute: settings.inferencePath,
    states: {
      names: ['ready', 'loading'],
      get: () => (engine.state === 'asleep' ? 'loading' : 'ready'),
      set: (state) => {
        engine.state = state === 'loading' ? 'asleep' : 'awake'
      },
    },
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    recordedMax: settings.recordedMax,
  })
}

/**
 * A connection holds a thread until it is closed, also while nobody asks anything on it: even `/health` waits while all are
 * held.
 */
function onThread(route: Route, threadOf: (socket: Socket) => Promise<void>): Route {
  return {
    ...route,
    async answer(exchange) {
      const { socket } = exchange.response
      if (socket !== null) await threadOf(socket)
      if (!exchange.response.destroyed) await route.answer(exchange)
    },
  }
}

function createThreads(threadsMax: number): (socket: Socket) => Promise<void> {
  const threads = createEngine(threadsMax)
  const held = new WeakMap<Socket, Promise<void>>()
  return function threadOf(socket) {
    const known = held.get(socket)
    if (known !== undefined) return known
    const stay = new AbortController()
    socket.once('close', () => {
      stay.abort()
      threads.leave(stay)
    })
    const entered = Promise.resolve(threads.enter(stay))
    held.set(socket, entered)
    return entered
  }
}

/** Even the form is looked at only when the model is free. */
async function infer(exchange: Exchange, engine: Engine, options: WhisperOptions): Promise<void> {
  await work(exchange, engine, openRun(exchange), () => {
    const asked = readInference(exchange.form, options.convert)
    const segments = transcribe(asked.seconds, asked.task, readDirectives(asked.prompt).content)
    return {
      milliseconds: options.jobMs + asked.seconds * options.realTimeFactor * 1000,
      answer: () => sendAnswer(exchange, writeTranscript(asked, segments)),
    }
  })
}

/** A model that is being changed makes it 503, which the handler of errors makes 404. */
function health(engine: Engine): Answer {
  return engine.state === 'asleep' ? fileNotFound('/health') : jsonAnswer('{"status":"ok"}')
}

const page = `
    <html>
    <head>
        <title>Whisper.cpp Server</title>
    </head>
    <body>
        <h1>Whisper.cpp Server (look-alike)</h1>
    </body>
    </html>
    `
