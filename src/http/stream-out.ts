import type { ServerResponse } from 'node:http'
import { startSilenceClock } from '../wire/silence-clock.ts'

export interface StreamOutOptions {
  readonly headers: () => Record<string, string | number | string[]>
  /** A frame that means nothing, for silences. */
  keepAlive(): string
  /** How long the status waits for the first frame. */
  readonly holdMs: number
  /** How long a stream may be silent before a keep-alive. */
  readonly keepAliveMs: number
  /** Called just before the status is sent; after it, failures can only be told in the stream. */
  onOpen(): void
}

/** A response in frames. The status is held until the first frame, or until `holdMs` are over. */
export interface StreamOut {
  isOpen(): boolean
  /** Resolves when the client can take more; also when it has left. */
  write(frames: string): Promise<void> | undefined
  /** With `breaksOff` the connection breaks once the frames have left. */
  end(frames: string, breaksOff?: boolean): void
  /** Stops the clock; to be called on every exit. */
  stop(): void
}

/** A client that takes nothing for this long is gone. */
const stallMs = 60_000

export function createStreamOut(raw: ServerResponse, options: StreamOutOptions): StreamOut {
  let opened = false
  let toWire = (frames: string) => frames
  let lastChunk = ''
  let silence = startSilenceClock(options.holdMs, breakSilence)

  function open(): void {
    if (opened) return
    opened = true
    options.onOpen()
    raw.writeHead(200, options.headers())
    // Node writes each chunk in four pieces, which costs as much as all that was done for it before: here it is one.
    if (raw.chunkedEncoding) {
      raw.chunkedEncoding = false
      toWire = asChunk
      lastChunk = '0\r\n\r\n'
    }
    silence.stop()
    silence = startSilenceClock(options.keepAliveMs, breakSilence)
  }

  function breakSilence(): void {
    if (raw.destroyed) return
    open()
    // Nothing is added for a client that does not even take what is there.
    if (!raw.writableNeedDrain) raw.write(toWire(options.keepAlive()))
  }

  return {
    isOpen: () => opened,
    write(frames) {
      if (frames === '') return undefined
      if (opened) silence.note()
      else open()
      return raw.write(toWire(frames)) ? undefined : drained(raw)
    },
    end(frames, breaksOff = false) {
      open()
      silence.stop()
      if (breaksOff) raw.write(toWire(frames), () => raw.destroy())
      else raw.end(toWire(frames) + lastChunk)
      const stalled = setTimeout(() => raw.destroy(), stallMs)
      raw.once('close', () => clearTimeout(stalled))
    },
    stop() {
      silence.stop()
    },
  }
}

/** A chunk of HTTP/1.1; nothing stays nothing, because an empty chunk would be the last. */
function asChunk(text: string): string {
  return text === '' ? '' : `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function drained(raw: ServerResponse): Promise<void> {
  if (raw.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const stalled = setTimeout(() => raw.destroy(), stallMs)
    function settle(): void {
      clearTimeout(stalled)
      raw.off('drain', settle)
      raw.off('close', settle)
      resolve()
    }
    raw.once('drain', settle)
    raw.once('close', settle)
  })
}
