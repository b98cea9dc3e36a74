import type { Engine } from '../engine/engine.ts'
import type { Metrics } from '../engine/metrics.ts'
import { createPace, type Pace } from '../engine/pace.ts'
import type { PrefixCache } from '../engine/prefix-cache.ts'
import { openRun, untilAborted } from '../engine/work.ts'
import { answerInstead, jsonAnswer, sendAnswer } from '../exchange/answer.ts'
import { failureEvents, openOutlet } from '../exchange/event-outlet.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { errorAnswer } from '../exchange/vllm-manners.ts'
import { type ChatJob, createChatJob, engineObjection } from '../reply/chat-job.ts'
import { endAfter, type FinishReason, type Generation } from '../reply/generation.ts'
import { type ChatRun, streamChat } from '../reply/stream-chat.ts'
import { type Generated, sumGenerated } from '../reply/usage-text.ts'
import { wholeReply } from '../reply/whole-reply.ts'
import { engineDead, internalError } from '../request/vllm-error.ts'
import type { SimulatorOptions } from '../simulator-options.ts'

export interface ChatParts {
  readonly engine: Engine
  readonly metrics: Metrics
  readonly prefixCache: PrefixCache
  readonly options: SimulatorOptions
}

/**
 * The whole way of a chat request: checked, held until the engine has a place, answered.
 * @throws VllmError where it is refused before headers
 */
export async function answerChat(exchange: Exchange, parts: ChatParts): Promise<void> {
  if (await answerInstead(exchange)) return
  const job = createJob(exchange, parts)
  exchange.faults = job.faults
  if (await answerInstead(exchange)) return
  if (parts.engine.state === 'dead') throw engineDead()
  const run = openRun(exchange)
  const send = job.body.stream ? sendStream : sendWhole
  await send(exchange, job, createPlace(job, run, parts))
}

function createJob(exchange: Exchange, { options, engine }: ChatParts): ChatJob {
  const requestId = exchange.record.headers['x-request-id']
  return createChatJob({
    sent: exchange.body,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    faults: exchange.faults,
    options,
    weightsLost: engine.weightsLost,
    tries: exchange.tries,
  })
}

/** The stay of one request in the engine. */
interface Place {
  /** Waits for a place, generates, and gives the place back once the reply is over. */
  occupy(exchange: Exchange, generate: (run: ChatRun) => Promise<Generated>): Promise<void>
}

function createPlace(job: ChatJob, run: AbortController, { engine, metrics, prefixCache, options }: ChatParts): Place {
  const { signal } = run
  const arrivedAt = performance.now()

  return {
    async occupy(exchange, generate) {
      await engine.enter(run)
      if (!signal.aborted) job.cachedTokens = prefixCache.enter(job.prompt, job.body.cache_salt)
      const startedAt = performance.now()
      const firstTokenMs = options.firstTokenMs + (job.faults.get('slow-first') ?? 0)
      const pace = createPace({ firstTokenMs, tokensPerSecond: options.tokensPerSecond })
      try {
        if (job.faults.has('dead-engine')) await untilAborted(signal)
        const { tokenCount } = await follow(pace, () => generate({ engine, pace, signal }))
        note(startedAt, startedAt + firstTokenMs, tokenCount)
        // A reply that a fault left hanging keeps its place, as its generation would.
        if (!exchange.response.writableEnded) await untilAborted(signal)
      } finally {
        engine.leave(run)
      }
    },
  }

  /** The counters move with every token, not with every reply. */
  async function follow<Result>(pace: Pace, generate: () => Promise<Result>): Promise<Result> {
    const due = () => job.generations.reduce((sum, whole) => sum + Math.min(whole.tokenCount, pace.due()), 0)
    const unfollow = metrics.follow(due)
    try {
      return await generate()
    } finally {
      unfollow()
    }
  }

  function note(startedAt: number, firstTokenAt: number, generatedTokens: number): void {
    const reasons: readonly FinishReason[] = job.generations.map(({ finish }) =>
      signal.aborted ? 'abort' : finish.reason,
    )
    const { cachedTokens } = job
    const promptTokens = job.prompt.count
    const endedAt = Math.max(firstTokenAt, performance.now())
    metrics.note({ promptTokens, cachedTokens, generatedTokens, reasons, arrivedAt, startedAt, firstTokenAt, endedAt })
  }
}

async function sendStream(exchange: Exchange, job: ChatJob, place: Place): Promise<void> {
  const outlet = openOutlet(exchange)
  const objection = engineObjection(job)
  if (objection === undefined) return place.occupy(exchange, (run) => streamChat(job, run, outlet))
  if (await outlet.send(failureEvents(objection))) outlet.end()
}

async function sendWhole(exchange: Exchange, job: ChatJob, place: Place): Promise<void> {
  const objection = engineObjection(job)
  if (objection !== undefined) throw objection
  await place.occupy(exchange, async ({ engine, pace, signal }) => {
    await pace.until(Math.max(...job.generations.map(({ tokenCount }) => tokenCount)), signal)
    await engine.whenAwake(signal)
    const generations =
      signal.reason === 'slept' ? job.generations.map((whole) => endNow(whole, pace)) : job.generations
    await sendGenerations(exchange, job, generations, signal)
    return sumGenerated(generations)
  })
}

async function sendGenerations(
  exchange: Exchange,
  job: ChatJob,
  generations: readonly Generation[],
  signal: AbortSignal,
): Promise<void> {
  if (signal.reason === 'left') return
  if (signal.reason === 'died') return sendAnswer(exchange, errorAnswer(engineDead()))
  if (job.faults.has('error-in-stream')) return sendAnswer(exchange, errorAnswer(internalError()))
  await sendAnswer(exchange, jsonAnswer(wholeReply(job, generations)))
}

/** What the engine had generated when it was put to sleep. */
function endNow(generation: Generation, pace: Pace): Generation {
  const due = pace.due()
  let tokens = 0
  const steps = generation.steps.findIndex((step) => {
    tokens += step.tokens.length
    return tokens > due
  })
  const kept = steps === -1 ? generation.steps.length : steps
  return endAfter(generation, kept, { reason: 'abort', stopReason: null })
}
