import type { Dispatcher } from 'undici'
import type { Gather } from '../wire/gathering.ts'

/** Takes bytes as they come; a promise asks to wait until it is done before there are more. */
type TakeBytes = (bytes: Buffer) => Promise<void> | undefined

/** An answer's bytes. */
export interface AnswerBody {
  /** Hands all bytes over; resolves at their end, throws where they broke off or what `take` threw. To be called once. */
  read(take: TakeBytes): Promise<void>
  /** All of it as text, or the first `maxLength` bytes of it: what is beyond is not waited for. */
  text(maxLength?: number): Promise<string>
  /**
   * Ends the connection where the answer is not at its end; the model server then stops generating. Nothing more is handed
   * over, and whoever reads is told the failure, or that this is the end.
   */
  destroy(failure?: Error): void
}

/** The other side of a body, where bytes go in. */
export interface AnswerBodySource {
  readonly body: AnswerBody
  push(bytes: Buffer): void
  end(): void
  fail(cause: Error): void
}

/** `whole`: all of it was handed over. `unwanted`: somebody ended it, for no failure. */
export type BodyEnd = 'whole' | 'unwanted' | Error

/** What may lie here before the connection is paused, in bytes. */
const keptMax = 65_536

/**
 * A body without the machinery of a stream: what comes is handed on in the same turn, without a promise for each chunk, and
 * in one piece where it came in one read: a model server sends each token in a chunk of its own, and several may lie ready.
 * What comes while its reader asks to wait is kept, up to a bound; then the connection is paused.
 * `onOver` is told once how it ended, also where its reader failed.
 */
export function createAnswerBody(
  controller: Dispatcher.DispatchController,
  gather: Gather,
  onOver: (end: BodyEnd) => void,
): AnswerBodySource {
  const kept: Buffer[] = []
  let keptLength = 0
  const over = Promise.withResolvers<void>()
  let take: TakeBytes | undefined
  let busy = true
  let isDue = false
  let state: 'open' | 'ending' | 'over' = 'open'
  let ending: Error | undefined
  // It may fail before anybody reads it.
  over.promise.catch(() => undefined)

  function settle(end: BodyEnd): void {
    if (state === 'over') return
    state = 'over'
    kept.length = 0
    if (end instanceof Error) over.reject(end)
    else over.resolve()
    onOver(end)
  }

  /** Hands over what is there; the reader may throw. */
  function handOver(): void {
    if (kept.length === 0) return
    const [only] = kept
    const bytes = kept.length === 1 && only !== undefined ? only : Buffer.concat(kept, keptLength)
    kept.length = 0
    keptLength = 0
    const waited = take?.(bytes)
    if (waited === undefined) return
    busy = true
    waited.then(resume).catch(destroy)
  }

  /** What came in the same read is there by then. */
  function goOnSoon(): void {
    if (isDue) return
    isDue = true
    gather(goOn)
  }

  function goOn(): void {
    isDue = false
    if (!busy) orDestroy(resume)
  }

  /** What the reader throws ends the body. */
  function orDestroy(run: () => void): void {
    try {
      run()
    } catch (thrown) {
      destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  function resume(): void {
    busy = false
    handOver()
    if (busy) return
    if (state === 'ending') settle(ending ?? 'whole')
    else if (state === 'open' && controller.paused) controller.resume()
  }

  function destroy(failure?: Error): void {
    const isOpen = state === 'open'
    settle(failure ?? 'unwanted')
    if (isOpen) controller.abort(failure ?? new Error('The answer is not wanted any more.'))
  }

  /** What was kept is handed over first. */
  function end(failure?: Error): void {
    if (state !== 'open') return
    state = 'ending'
    ending = failure
    if (!busy) goOnSoon()
  }

  function read(reader: TakeBytes): Promise<void> {
    take = reader
    busy = false
    goOnSoon()
    return over.promise
  }

  async function text(maxLength = Number.POSITIVE_INFINITY): Promise<string> {
    const parts: Buffer[] = []
    let length = 0
    await read((bytes) => {
      parts.push(bytes)
      length += bytes.length
      if (length >= maxLength) destroy()
      return undefined
    })
    const [only] = parts
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
    return bytes.toString('utf8', 0, Math.min(bytes.length, maxLength))
  }

  return {
    body: { read, text, destroy },
    push(bytes) {
      if (state !== 'open') return
      kept.push(bytes)
      keptLength += bytes.length
      const isMuch = keptLength > keptMax
      if (!busy && !isMuch) goOnSoon()
      else if (!busy) goOn()
      else if (isMuch) controller.pause()
    },
    end: () => end(),
    fail: end,
  }
}
