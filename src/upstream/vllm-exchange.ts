import type { Dispatcher } from 'undici'
import { GatewayError } from '../chat/gateway-error.ts'
import type { Gather } from '../wire/gathering.ts'
import { type AnswerBodySource, type BodyEnd, createAnswerBody } from './answer-body.ts'
import type { ServerWord } from './balance/ejection.ts'
import type { VllmAnswer } from './vllm-server.ts'

export interface ExchangeWatch {
  /** Has what comes of several answers at once handed over together. */
  readonly gather: Gather
  /** Told once, when nothing of the exchange is left. */
  settled(): void
  /**
   * Told when an answer begins, and of a good one when its reader is through with it: a refusal may lie unread while another
   * server is asked. Nothing where not a byte of one came.
   */
  tell(word: ServerWord): void
}

/**
 * One request's way to a model server and back, driven by undici without its streams, which cost as much as the rest of a
 * request. A class for the same reason: one is made for every request.
 */
export class VllmExchange implements Dispatcher.DispatchHandler {
  /** Resolves as soon as the first byte of the body is there, or its end: until then another server could be asked. */
  readonly answered: Promise<VllmAnswer>
  readonly #signal: AbortSignal
  readonly #watch: ExchangeWatch
  readonly #abort = () => this.#giveUp()
  readonly #over = (end: BodyEnd) => {
    if (this.#begun && this.#status < 400) this.#watch.tell(this.#wordOf(end))
  }
  #resolve: (answer: VllmAnswer) => void = ignore
  #reject: (failure: unknown) => void = ignore
  #controller: Dispatcher.DispatchController | undefined
  #source: AnswerBodySource | undefined
  #status = 0
  #contentType = ''
  #begun = false

  constructor(signal: AbortSignal, watch: ExchangeWatch) {
    this.#signal = signal
    this.#watch = watch
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    signal.addEventListener('abort', this.#abort)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) this.#giveUp()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // A provisional answer, such as 103, is not the answer.
    if (status < 200) return
    this.#source = createAnswerBody(controller, this.#watch.gather, this.#over)
    this.#status = status
    this.#contentType = String(headers['content-type'] ?? '')
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (!this.#begun) this.#begin()
    this.#source?.push(bytes)
  }

  onResponseEnd(): void {
    if (!this.#begun) this.#begin()
    this.#settle()
    this.#source?.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#settle()
    if (this.#begun) this.#source?.fail(cause)
    else this.#reject(cause)
  }

  #begin(): void {
    const { body } = this.#source ?? {}
    if (body === undefined) return
    this.#begun = true
    this.#watch.tell(wordOfStatus(this.#status))
    this.#resolve({ status: this.#status, contentType: this.#contentType, body })
  }

  #wordOf(end: BodyEnd): ServerWord {
    if (end instanceof Error) return wordOfFailure(end, this.#signal)
    return end === 'whole' ? 'sound' : 'nothing'
  }

  /** Before the connection is there, only the wait for it can be given up. */
  #giveUp(): void {
    const { reason } = this.#signal
    if (this.#controller === undefined) this.#reject(reason)
    else if (this.#source === undefined) this.#controller.abort(reason)
    else this.#source.body.destroy(reason)
  }

  #settle(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#watch.settled()
  }
}

function wordOfStatus(status: number): ServerWord {
  if (status >= 500) return 'failing'
  return status >= 400 ? 'nothing' : 'begun'
}

/** What an exchange that failed says of its server: deadlines of ours do, callers who leave do not. */
export function wordOfFailure(thrown: unknown, signal: AbortSignal): ServerWord {
  const cause: unknown = signal.aborted ? signal.reason : thrown
  if (cause instanceof GatewayError) {
    return cause.kind === 'timeout' || cause.kind === 'upstream-failed' ? 'failing' : 'nothing'
  }
  // The web's own errors have codes too: a time that was given is over, or somebody left.
  if (cause instanceof DOMException) return cause.name === 'TimeoutError' ? 'failing' : 'nothing'
  // Else only what happened to the connection has one; whoever destroys an answer gives none.
  return cause instanceof Error && 'code' in cause ? 'unreachable' : 'nothing'
}

function ignore(): void {}
