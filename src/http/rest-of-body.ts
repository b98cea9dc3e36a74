import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Rests of refused bodies are read for so long and so far; then the connection ends. */
const restMs = 10_000
/** An answer waits for one this long, where the connection ends with it: many a rest is on its way by then. */
const awaitedMs = 1000
const restBytesMax = 268_435_456

/** Connections on which the rest of a body comes after its answer: what goes wrong in it must not be answered again. */
const answered = new WeakSet<Socket>()

/**
 * Tells a failure, whatever of the body is still to come. That is read: a connection that is closed with bytes unread takes
 * the answer with it, and many clients only look for one when they have sent all. Where the connection ends with the answer,
 * this waits for the rest.
 */
export function answerBesideBody(request: IncomingMessage, staysOpen: boolean, answer: () => void): void {
  if (!hasRest(request)) answer()
  else if (staysOpen) {
    answer()
    discardRest(request)
  } else readRest(request, awaitedMs, answer)
}

/** Reads on what nobody wants any more, so that the client gets to the answer; then the next request may come. */
export function discardRest(request: IncomingMessage): void {
  if (!hasRest(request)) return
  const { socket } = request
  answered.add(socket)
  readRest(request, restMs, () => {
    answered.delete(socket)
    if (!request.complete) socket.destroy()
  })
}

export function isAnswered(socket: Socket): boolean {
  return answered.has(socket)
}

export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

function hasRest(request: IncomingMessage): boolean {
  return hasBody(request) && !request.complete && !request.destroyed
}

/** Calls back once: when all is read, when the client has left, or when this has taken too long or too much. */
function readRest(request: IncomingMessage, ms: number, onDone: () => void): void {
  const { socket } = request
  const { bytesRead: before } = socket
  const timer = setTimeout(stop, ms)
  timer.unref()
  const count = () => {
    if (socket.bytesRead - before > restBytesMax) stop()
  }
  function stop(): void {
    clearTimeout(timer)
    request.off('data', count).off('end', stop).off('close', stop)
    onDone()
  }
  request.unpipe()
  request.on('data', count).once('end', stop).once('close', stop)
  request.resume()
}
