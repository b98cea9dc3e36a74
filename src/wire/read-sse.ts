import { StringDecoder } from 'node:string_decoder'
import { createParser } from 'eventsource-parser'

/** Thrown when one event is longer than the reader accepts. */
export class SseEventTooLong extends Error {}

export interface SseReader {
  /**
   * The `data` of every event that these bytes complete. Bytes may be cut anywhere, also inside a character.
   * Throws SseEventTooLong.
   */
  read(bytes: Uint8Array): string[]
}

/** Reads server-sent events; `eventMaxLength` is in characters. Comments, ids and event names are left out. */
export function createSseReader(eventMaxLength: number): SseReader {
  const decoder = new StringDecoder('utf8')
  let completed: string[] = []
  let tooLong = false
  const parser = createParser({
    maxBufferSize: eventMaxLength,
    onEvent: ({ data }) => completed.push(data),
    onError: ({ type }) => {
      tooLong ||= type === 'max-buffer-size-exceeded'
    },
  })
  return {
    read(bytes) {
      parser.feed(decoder.write(bytes))
      if (tooLong) throw new SseEventTooLong(`An event is longer than ${eventMaxLength} characters.`)
      const events = completed
      completed = []
      return events
    },
  }
}
