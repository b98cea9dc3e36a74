/**
 * Clients that stream, run as a process of their own: each connection asks again when its stream ends. The first answers
 * are of all lengths, so that afterwards as many begin at any time as at any other. What the clients see in the window between
 * the warm-up and the end is told in one line of JSON, with the processor time that the measured process used in just that
 * window.
 */

import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { percentile } from './percentile.ts'
import { cpuUs } from './process-usage.ts'
import { textChunks, withChunks } from './vllm-shapes.ts'

export interface StreamReport {
  readonly streams: number
  /** Chunks with text that arrived. */
  readonly chunks: number
  readonly seconds: number
  readonly firstFrameMs: number
  readonly cpuUs: number | null
  readonly failed: number
}

const text = { type: 'string', default: '' } as const
const { values } = parseArgs({
  options: { url: text, key: text, pid: text, connections: text, body: text, 'warm-up': text, seconds: text },
})
const headers = { authorization: `Bearer ${values.key}`, 'content-type': 'application/json' }
const agent = new Agent({ keepAlive: true, maxSockets: Number(values.connections) })
const pid = values.pid === '' ? undefined : Number(values.pid)

const seen = { streams: 0, frames: 0, failed: 0, firstFrameMs: [] as number[] }
/** That a stream has beside those with text. */
let otherFrames = 0
let isOver = false

/** Counts the empty lines that end frames, wherever the bytes are cut. */
function countFrames(response: IncomingMessage, askedAt: number): () => number {
  let frames = 0
  let isLineStart = false
  response.on('data', (bytes: Buffer) => {
    if (frames === 0) seen.firstFrameMs.push(performance.now() - askedAt)
    const before = frames
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
      if (at === 0 ? isLineStart : bytes[at - 1] === 10) frames++
    }
    isLineStart = bytes.at(-1) === 10
    seen.frames += frames - before
  })
  return () => frames
}

function stream(chunks: number): Promise<void> {
  const askedAt = performance.now()
  return new Promise((resolve) => {
    const asked = request(values.url, { method: 'POST', headers, agent }, (response) => {
      const frames = countFrames(response, askedAt)
      response.once('close', () => {
        const isWhole = response.statusCode === 200 && response.complete && frames() > chunks
        if (isWhole) otherFrames = frames() - chunks
        if (isWhole) seen.streams++
        else if (!isOver) seen.failed++
        resolve()
      })
      response.on('error', () => undefined)
    })
    asked.once('error', () => {
      if (!isOver) seen.failed++
      resolve()
    })
    asked.end(withChunks(values.body, chunks))
  })
}

async function streamAgainAndAgain(firstChunks: number): Promise<void> {
  await stream(firstChunks)
  while (!isOver) await stream(textChunks)
}

const connections = Number(values.connections)
const clients = Array.from({ length: connections }, (_, index) =>
  streamAgainAndAgain(Math.ceil(((index + 1) / connections) * textChunks)),
)
await wait(Number(values['warm-up']) * 1000)
const begin = { ...seen, at: performance.now(), cpu: pid === undefined ? 0 : cpuUs(pid) }
seen.firstFrameMs = []
await wait(Number(values.seconds) * 1000)
const report: StreamReport = {
  streams: seen.streams - begin.streams,
  chunks: ((seen.frames - begin.frames) * textChunks) / (textChunks + otherFrames),
  seconds: (performance.now() - begin.at) / 1000,
  firstFrameMs: percentile(seen.firstFrameMs, 0.5),
  cpuUs: pid === undefined ? null : cpuUs(pid) - begin.cpu,
  failed: seen.failed,
}
isOver = true
agent.destroy()
await Promise.all(clients)
process.stdout.write(`${JSON.stringify(report)}\n`)
