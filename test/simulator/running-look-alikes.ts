import { onTestFinished } from 'vitest'
import type { LlamaOptions } from '../../src/simulator/llama/llama-options.ts'
import { createLlamaSimulator } from '../../src/simulator/llama/llama-simulator.ts'
import type { WhisperOptions } from '../../src/simulator/whisper/whisper-options.ts'
import { createWhisperSimulator } from '../../src/simulator/whisper/whisper-simulator.ts'

/** A whisper.cpp that listens until the test is over. */
export async function runWhisper(options: Partial<WhisperOptions> = {}) {
  const simulator = createWhisperSimulator(options)
  const { url, port } = await simulator.listen()
  onTestFinished(() => simulator.close())
  return { simulator, url, port, infer: uploader(`${url}${options.inferencePath ?? '/inference'}`) }
}

/** A llama-server that listens until the test is over. */
export async function runLlama(options: Partial<LlamaOptions> = {}) {
  const simulator = createLlamaSimulator(options)
  const { url } = await simulator.listen()
  onTestFinished(() => simulator.close())
  const post = (path: string, body: unknown, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...init })
  return { simulator, url, post, embed: (body: unknown, init?: RequestInit) => post('/v1/embeddings', body, init) }
}

export type Fields = Readonly<Record<string, string | Buffer>>

/** Sends fields as a form; bytes as a file `speech.wav`. */
export function uploader(url: string) {
  return (fields: Fields, init: RequestInit = {}) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) {
      if (typeof value === 'string') form.append(name, value)
      else form.append(name, new Blob([new Uint8Array(value)], { type: 'audio/wav' }), 'speech.wav')
    }
    return fetch(url, { method: 'POST', body: form, ...init })
  }
}
