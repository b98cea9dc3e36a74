import type { ChatEvent } from '../../../src/chat/chat-event.ts'
import type { StreamEncoder } from '../../../src/dialects/dialect.ts'

export interface WrittenEvent {
  readonly type: string
  readonly sequence_number: number
  readonly [field: string]: unknown
}

/** Takes a stream apart; throws for anything but complete events, numbered in order, each under its own name. */
export function readEvents(stream: string): WrittenEvent[] {
  const frames = stream.split('\n\n')
  if (frames.pop() !== '') throw new Error('The stream ends in the middle of a frame.')
  return frames.map((frame, index) => {
    const [, name, json = ''] = /^event: (.+)\ndata: (.+)$/.exec(frame) ?? []
    // What is in it is what the tests look at.
    const event = JSON.parse(json) as WrittenEvent
    if (event.type !== name) throw new Error(`${event.type} goes by the name ${name}.`)
    if (event.sequence_number !== index) throw new Error(`Event ${index} has the number ${event.sequence_number}.`)
    return event
  })
}

export function encodeAll(encoder: StreamEncoder, events: readonly ChatEvent[]): string {
  return events.map((event) => encoder.encode(event)).join('') + encoder.end()
}
