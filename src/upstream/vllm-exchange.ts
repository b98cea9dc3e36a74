import type { Dispatcher } from 'undici'
import { type AnswerBodySource, createAnswerBody } from './answer-body.ts'
import type { VllmAnswer } from './vllm-server.ts'

/**
 * One request's way to a model server and back, driven by undici without its streams, which cost as much as the rest of a
 * request. A class for the same reason: one is made for every request.
 */
export class VllmExchange implements Dispatcher.DispatchHandler {
  /** Resolves as soon as the headers are there. */
  readonly answered: Promise<VllmAnswer>
  readonly #signal: AbortSignal
  readonly #settled: () => void
  readonly #abort = () => this.#giveUp()
  #resolve: (answer: VllmAnswer) => void = ignore
  #reject: (failure: unknown) => void = ignore
  #controller: Dispatcher.DispatchController | undefined
  #source: AnswerBodySource | undefined

  /** `settled` is called once, when nothing of the exchange is left. */
  constructor(signal: AbortSignal, settled: () => void) {
    this.#signal = signal
    this.#settled = settled
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
    this.#source = createAnswerBody(controller)
    this.#resolve({ status, contentType: String(headers['content-type'] ?? ''), body: this.#source.body })
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    this.#source?.push(bytes)
  }

  onResponseEnd(): void {
    this.#settle()
    this.#source?.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#settle()
    if (this.#source === undefined) this.#reject(cause)
    else this.#source.fail(cause)
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
    this.#settled()
  }
}

function ignore(): void {}
