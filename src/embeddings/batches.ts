import { GatewayError } from '../chat/gateway-error.ts'
import type { Visit } from '../chat/visit.ts'
import { createHoldTime } from '../sharing/hold-time.ts'
import { ownerOf } from '../sharing/owner-of.ts'
import type { AnswerBatch } from './answer-batch.ts'
import { type Asking, openAsking } from './asking.ts'
import { type BatchBounds, createBatchLine } from './batch-line.ts'
import type { EmbeddingsReply, EmbeddingsRequest } from './embeddings-request.ts'

export interface BatchesOptions extends BatchBounds {
  readonly answer: AnswerBatch
  /** False where the tokens of several requests in a batch could not be told apart. */
  mixes(): boolean
  /** Batches that are with the model servers at once. */
  readonly placesMax: number
  /** Requests that wait at most; beyond, one of whoever has most of them is refused. */
  readonly queueMax: number
  /** How long an input waits for others to go with, while others are with the model. */
  readonly waitMs: number
  /** For a whole batch, and for the wait of a request until something of it is sent. */
  readonly totalMs: number
  /** Monotonic milliseconds. */
  now?(): number
}

/** The places of one service and the line before them: what goes together is one batch, and has one place. */
export interface Batches {
  /** Batches that are with the model servers. */
  readonly running: number
  /** Requests of which nothing has been sent. */
  readonly waiting: number
  /** Throws `overloaded`, or the signal's reason where the caller leaves: only its own inputs go with it. */
  embed(request: EmbeddingsRequest, visit: Visit): Promise<EmbeddingsReply>
}

/** A batch that is with the model servers, and those who wait for it. */
interface Sent {
  readonly askings: Set<Asking>
  readonly controller: AbortController
}

export function createBatches(options: BatchesOptions): Batches {
  const { answer, mixes, placesMax, queueMax, waitMs, totalMs, now = () => performance.now() } = options
  const line = createBatchLine(options)
  const holdTime = createHoldTime()
  const sent = new Set<Sent>()
  let pumpsSoon = false
  let timer: NodeJS.Timeout | undefined

  /** Nobody else's answer is worth waiting with, unless there is somebody else. */
  function isDue(): boolean {
    return sent.size === 0 || line.isFull || now() - line.since >= waitMs
  }

  function pump(): void {
    clearTimeout(timer)
    while (sent.size < placesMax && !line.isEmpty && isDue()) void send()
    if (sent.size < placesMax && !line.isEmpty) timer = setTimeout(pump, Math.max(1, line.since + waitMs - now()))
  }

  /** After everything that has just been read: what arrived together goes together. */
  function pumpSoon(): void {
    if (pumpsSoon) return
    pumpsSoon = true
    setImmediate(() => {
      pumpsSoon = false
      pump()
    })
  }

  async function send(): Promise<void> {
    const batch = line.take(mixes())
    if (batch === undefined) return
    const { items } = batch
    const controller = new AbortController()
    const waited: Sent = { askings: new Set(items.map(({ asking }) => asking)), controller }
    sent.add(waited)
    const sentAt = now()
    const deadline = setTimeout(() => controller.abort(tooLong(totalMs)), totalMs)
    try {
      await answer(items, controller.signal)
    } catch (thrown) {
      for (const asking of waited.askings) asking.fail(thrown)
    } finally {
      clearTimeout(deadline)
      sent.delete(waited)
      batch.end()
      holdTime.note(now() - sentAt)
      pumpSoon()
    }
  }

  /** Whose request is over waits for nothing any more; a batch that nobody waits for is ended. */
  function leave(asking: Asking): void {
    line.remove(asking)
    for (const { askings, controller } of sent) {
      if (askings.delete(asking) && askings.size === 0) controller.abort(unwanted())
    }
  }

  function full(what: string): GatewayError {
    const retryAfterSeconds = holdTime.secondsFor(line.batchesLeft(mixes()) + 1, placesMax)
    return new GatewayError('overloaded', `${what} Please try again shortly.`, { retryAfterSeconds })
  }

  /** Whoever has more of the queue than the newcomer gives way. */
  function makeRoom(owner: string): void {
    const failure = full('All places are taken and the queue is full.')
    const last = line.takeLastBefore(owner)
    if (last === undefined) throw failure
    last.fail(failure)
  }

  function turnAwayLate(asking: Asking): void {
    if (!asking.isBegun()) asking.fail(full('No place became free in time.'))
  }

  return {
    get running() {
      return sent.size
    },
    get waiting() {
      return line.waiting
    },
    async embed(request, visit) {
      const { signal } = visit
      signal.throwIfAborted()
      if (line.waiting >= queueMax + placesMax - sent.size) makeRoom(ownerOf(visit))
      const asking = openAsking(request, visit, { since: now(), onOver: leave })
      const abandon = () => asking.fail(signal.reason)
      signal.addEventListener('abort', abandon, { once: true })
      const impatience = setTimeout(turnAwayLate, totalMs, asking)
      line.add(asking)
      pumpSoon()
      try {
        return await asking.done
      } finally {
        clearTimeout(impatience)
        signal.removeEventListener('abort', abandon)
      }
    },
  }
}

function tooLong(totalMs: number): GatewayError {
  return new GatewayError('timeout', `The answer took too long (limit ${totalMs / 1000} s).`)
}

/** A reason that says nothing against the server. */
function unwanted(): GatewayError {
  return new GatewayError('abandoned', 'Nobody waits for the answer.')
}
