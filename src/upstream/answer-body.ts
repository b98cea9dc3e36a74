import type { Dispatcher } from 'undici'

/** An answer's bytes, as they come. */
export interface AnswerBody {
  /** What has come since the last call, waited for where nothing has; undefined at the end. Throws when it broke off. */
  take(): Promise<readonly Buffer[] | undefined>
  /** All of it as text, or the first `maxLength` bytes of it: what is beyond is not waited for. */
  text(maxLength?: number): Promise<string>
  /** Ends the connection where the answer is not at its end; the model server then stops generating. */
  destroy(): void
}

/** The other side of a body, where bytes go in. */
export interface AnswerBodySource {
  readonly body: AnswerBody
  push(bytes: Buffer): void
  end(): void
  fail(cause: Error): void
}

/** What may lie here untaken before the connection is paused, in bytes. */
const untakenMax = 65_536

/**
 * A body without the machinery of a stream: one consumer, which takes all that has come at once. This runs for every
 * chunk, and what arrives together leaves together.
 */
export function createAnswerBody(controller: Dispatcher.DispatchController): AnswerBodySource {
  let untaken: Buffer[] = []
  let untakenLength = 0
  let state: 'open' | 'ended' | 'failed' = 'open'
  let failure: Error | undefined
  let wake: (() => void) | undefined

  function stir(): void {
    const waiting = wake
    wake = undefined
    waiting?.()
  }

  function settle(next: 'ended' | 'failed', cause?: Error): void {
    if (state !== 'open') return
    state = next
    failure = cause
    stir()
  }

  async function take(): Promise<readonly Buffer[] | undefined> {
    if (untaken.length === 0 && state === 'open') {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (untaken.length === 0) {
      if (state === 'failed') throw failure
      return undefined
    }
    const taken = untaken
    untaken = []
    untakenLength = 0
    if (controller.paused) controller.resume()
    return taken
  }

  async function text(maxLength = Number.POSITIVE_INFINITY): Promise<string> {
    const parts: Buffer[] = []
    let length = 0
    for (let taken = await take(); taken !== undefined; taken = await take()) {
      parts.push(...taken)
      length += taken.reduce((sum, part) => sum + part.length, 0)
      if (length >= maxLength) break
    }
    destroy()
    const [only] = parts
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
    return bytes.toString('utf8', 0, Math.min(bytes.length, maxLength))
  }

  function destroy(): void {
    if (state !== 'open') return
    settle('ended')
    controller.abort(new Error('The answer is not wanted any more.'))
  }

  return {
    body: { take, text, destroy },
    push(bytes) {
      untaken.push(bytes)
      untakenLength += bytes.length
      if (untakenLength > untakenMax) controller.pause()
      stir()
    },
    end: () => settle('ended'),
    fail: (cause) => settle('failed', cause),
  }
}
