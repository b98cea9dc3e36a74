import type { FaultName } from '../faults/fault.ts'
import { internalError, type VllmError } from '../request/vllm-error.ts'
import { writeBytes } from './answer.ts'
import { type Exchange, resetConnection, sendHead } from './exchange.ts'

/** Where the events of a stream leave. */
export interface EventOutlet {
  /** Sends events in one write. Resolves to false once a fault has ended the stream: nothing more is to be sent. */
  send(events: readonly string[]): Promise<boolean>
  end(): void
}

export const doneEvent = 'data: [DONE]\n\n'

function dataEvent(json: string): string {
  return `data: ${json}\n\n`
}

/** The events that end a stream in which something failed. */
export function failureEvents(error: VllmError): readonly string[] {
  return [dataEvent(error.toJson()), doneEvent]
}

/** Sends the headers at once, as vLLM does long before the first token. */
export function openOutlet(exchange: Exchange): EventOutlet {
  sendHead(exchange, 200, { 'content-type': 'text/event-stream; charset=utf-8' })
  exchange.response.flushHeaders()
  if (exchange.faults.size > 0) return createFaultyOutlet(exchange)
  const { response } = exchange
  return {
    async send(events) {
      if (!response.write(events.join(''))) await drained(exchange)
      return true
    },
    end() {
      response.end()
    },
  }
}

function drained({ response }: Exchange): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    function finish(): void {
      response.off('drain', finish)
      response.off('close', finish)
      resolve()
    }
    response.on('drain', finish)
    response.on('close', finish)
  })
}

/** An undecodable event takes the place between the first and the second. */
const badEvent = 'data: {"id":"chatcmpl-\n\n'
const badEventAfter = 1

function createFaultyOutlet(exchange: Exchange): EventOutlet {
  const { response, faults } = exchange
  const resetAfter = faults.get('reset-after') ?? Number.POSITIVE_INFINITY
  let events = 0
  let bytes = 0

  async function sendOne(event: string): Promise<boolean> {
    if (reached('hang-after')) return false
    if (reached('cut') || (event === doneEvent && faults.has('no-done'))) return endEarly('')
    if (reached('error-in-stream')) return endEarly(failureEvents(internalError()).join(''))
    const bad = faults.has('bad-chunk') && events === badEventAfter ? badEvent : ''
    const comment = faults.has('comments') ? ': simulated comment\n\n' : ''
    events += 1
    return write(bad + comment + event)
  }

  function reached(fault: FaultName): boolean {
    const after = faults.get(fault)
    return after !== undefined && events >= after
  }

  async function endEarly(lastWords: string): Promise<boolean> {
    exchange.cutShort = true
    if (await write(lastWords)) response.end()
    return false
  }

  async function write(text: string): Promise<boolean> {
    const all = Buffer.from(faults.has('crlf') ? text.replaceAll('\n', '\r\n') : text)
    await writeBytes(exchange, all.subarray(0, resetAfter - bytes))
    bytes += all.length
    if (bytes < resetAfter) return !response.destroyed
    exchange.cutShort = true
    await resetConnection(exchange)
    return false
  }

  return {
    async send(listed) {
      for (const event of listed) if (!(await sendOne(event))) return false
      return true
    },
    end() {
      response.end()
    },
  }
}
