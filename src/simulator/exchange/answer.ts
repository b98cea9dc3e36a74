import { setImmediate } from 'node:timers/promises'
import { type Exchange, resetConnection, sendHead } from './exchange.ts'

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

export function jsonAnswer(text: string, status = 200): Answer {
  return { status, type: 'application/json', text }
}

/**
 * Does what a fault does instead of an answer, before anything is looked at.
 * @returns false where no fault does
 */
export async function answerInstead(exchange: Exchange): Promise<boolean> {
  if (exchange.faults.has('hang')) return true
  if (exchange.faults.has('reset')) {
    await resetConnection(exchange)
    return true
  }
  const other = otherAnswer(exchange)
  if (other === undefined) return false
  await sendAnswer(exchange, other)
  return true
}

function otherAnswer({ faults, manners }: Exchange): Answer | undefined {
  if (faults.has('garbage')) {
    const text = '<!doctype html><title>Welcome</title><p>This is a simulated page, not JSON.'
    return { status: 200, type: 'text/html; charset=utf-8', text }
  }
  if (faults.has('engine-dead')) return manners.dead()
  const status = faults.get('status')
  return status === undefined ? undefined : manners.status(status)
}

/** Sends a whole answer, damaged as the faults want it. */
export async function sendAnswer(exchange: Exchange, { status, type, text }: Answer): Promise<void> {
  if (exchange.faults.size === 0) {
    sendHead(exchange, status, { 'content-length': Buffer.byteLength(text), 'content-type': type })
    exchange.response.end(text)
    return
  }
  const whole = Buffer.from(text)
  const sent = exchange.faults.has('bad-chunk') ? whole.subarray(0, whole.length >> 1) : whole
  sendHead(exchange, status, { 'content-length': sent.length, 'content-type': type })
  exchange.response.flushHeaders()
  await sendDamaged(exchange, sent)
}

async function sendDamaged(exchange: Exchange, whole: Buffer): Promise<void> {
  const { response, faults } = exchange
  const { length, ending } = endingOf(faults, whole.length)
  exchange.cutShort = ending !== 'end'
  await writeBytes(exchange, whole.subarray(0, length))
  if (ending === 'end') response.end()
  if (ending === 'close') {
    exchange.record.closedBy = 'server'
    response.socket?.end()
  }
  if (ending === 'reset') await resetConnection(exchange)
}

function endingOf(
  faults: Exchange['faults'],
  length: number,
): { length: number; ending: 'end' | 'close' | 'reset' | 'hang' } {
  const resetAfter = faults.get('reset-after')
  if (resetAfter !== undefined && resetAfter < length) return { length: resetAfter, ending: 'reset' }
  if (faults.has('hang-after')) return { length: length >> 1, ending: 'hang' }
  if (faults.has('cut')) return { length: length >> 1, ending: 'close' }
  return { length, ending: 'end' }
}

/** Writes in one piece, or byte by byte where the reply drips. */
export async function writeBytes({ response, faults }: Exchange, bytes: Buffer): Promise<void> {
  if (!faults.has('drip')) {
    if (bytes.length > 0) response.write(bytes)
    return
  }
  for (let at = 0; at < bytes.length && !response.destroyed; at += 1) {
    response.write(bytes.subarray(at, at + 1))
    await setImmediate()
  }
}
