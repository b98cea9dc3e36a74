import { randomUUID } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { Engine } from '../engine/engine.ts'
import { createPace } from '../engine/pace.ts'
import { openRun, work } from '../engine/work.ts'
import { jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import { doneEvent, type EventOutlet, failureEvents, openOutlet } from '../exchange/event-outlet.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { readDirectives } from '../reply/directives.ts'
import { readSpeechForm, type SpeechForm } from '../request/speech-form.ts'
import { tokenId } from '../request/tokenizer.ts'
import { engineDead, internalError } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import { type Segment, transcribe } from '../sound/transcript.ts'

export interface SpeechParts {
  readonly engine: Engine
  readonly options: SimulatorOptions
  readonly task: 'transcribe' | 'translate'
}

/** A form that has been read, and what is said to it. */
interface SpeechJob {
  readonly exchange: Exchange
  readonly form: SpeechForm
  readonly segments: readonly Segment[]
  readonly signal: AbortSignal
  readonly parts: SpeechParts
}

/** @throws VllmError where it is refused. */
export async function answerSpeech(exchange: Exchange, parts: SpeechParts): Promise<void> {
  const { engine, options, task } = parts
  const form = readSpeechForm(exchange, options)
  if (engine.state === 'dead') throw engineDead()
  const run = openRun(exchange)
  const segments = transcribe(form.seconds, task, readDirectives(form.prompt).content)
  const job = { exchange, form, segments, signal: run.signal, parts }
  const answer = form.stream ? () => stream(job) : () => sendWhole(job)
  await work(exchange, engine, run, () => ({ milliseconds: form.stream ? 0 : options.firstTokenMs, answer }))
}

async function sendWhole(job: SpeechJob): Promise<void> {
  if (job.signal.aborted) throw engineDead()
  const reply = job.form.format === 'verbose_json' ? verboseReply(job) : shortReply(job)
  await sendAnswer(job.exchange, jsonAnswer(JSON.stringify(reply)))
}

/** `text` is JSON too. A translation has no usage. */
function shortReply({ form, segments, parts }: SpeechJob): object {
  const text = textOf(segments)
  if (parts.task === 'translate') return { text }
  return { text, usage: { type: 'duration', seconds: Math.ceil(form.seconds) } }
}

function verboseReply({ form, segments }: SpeechJob): object {
  return {
    duration: String(form.seconds),
    language: form.language,
    text: textOf(segments),
    segments: segments.map((segment, id) => ({
      id,
      avg_logprob: -0.25,
      compression_ratio: segment.text.length / deflateSync(segment.text).length,
      end: segment.end,
      no_speech_prob: null,
      seek: 0,
      start: segment.start,
      temperature: form.temperature,
      text: segment.text,
      tokens: segment.words.map(({ text }) => tokenId(text)),
    })),
    words: null,
  }
}

function textOf(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text).join('')
}

/** Sends the headers once it runs, and tokens as they come. */
async function stream(job: SpeechJob): Promise<void> {
  const { exchange, signal, parts } = job
  const outlet = openOutlet(exchange)
  const pace = createPace(parts.options)
  const chunks = chunksOf(job)
  for (const [index, chunk] of chunks.entries()) {
    await pace.until(index + 1, signal)
    await parts.engine.whenAwake(signal)
    if (signal.aborted) return breakOff(job, outlet)
    if (!(await outlet.send([chunk]))) return
  }
  if (await outlet.send([...usageOf(job), doneEvent])) outlet.end()
}

async function breakOff({ signal }: SpeechJob, outlet: EventOutlet): Promise<void> {
  if (signal.reason === 'left') return
  if (await outlet.send(failureEvents(internalError()))) outlet.end()
}

function chunksOf(job: SpeechJob): string[] {
  const event = eventMaker(job)
  const words = job.segments.flatMap((segment) => segment.words)
  const deltas = words.map(({ text }) => event({ choices: [{ delta: { content: text } }] }))
  return [...deltas, event({ choices: [{ delta: { content: '' }, finish_reason: 'stop', stop_reason: null }] })]
}

function usageOf(job: SpeechJob): string[] {
  if (!job.form.includeUsage) return []
  const completion = job.segments.reduce((sum, { words }) => sum + words.length, 0)
  const prompt = 4 + Math.ceil(job.form.seconds * 50)
  const usage = { prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion }
  return [eventMaker(job)({ choices: [], usage })]
}

function eventMaker({ exchange, parts: { task, options } }: SpeechJob): (rest: object) => string {
  const requestId = exchange.record.headers['x-request-id'] ?? randomUUID().replaceAll('-', '')
  const object = task === 'translate' ? 'translation.chunk' : 'transcription.chunk'
  const created = Math.floor(exchange.record.receivedAt / 1000)
  return (rest) =>
    `data: ${JSON.stringify({ id: `${task}-${requestId}`, object, created, model: options.model, ...rest })}\n\n`
}
