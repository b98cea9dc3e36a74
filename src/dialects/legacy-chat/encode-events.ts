import type { ChatEvent } from '../../chat/chat-event.ts'
import { dataFrame, keepAliveComment } from '../../wire/write-sse.ts'
import type { StreamEncoder } from '../dialect.ts'
import { openaiErrorBody } from '../openai-error.ts'
import { openaiUsage } from '../openai-usage.ts'

/** Frames `{"delta"}` for text, and `{"done":true,"usage"}` at the end. */
export function openStream(): StreamEncoder {
  return {
    encode: encodeEvent,
    end: () => '',
    fail: (error) => dataFrame(openaiErrorBody(error)),
    keepAlive: () => keepAliveComment,
  }
}

function encodeEvent(event: ChatEvent): string {
  switch (event.type) {
    case 'text-delta':
      return dataFrame(`{"delta":${JSON.stringify(event.text)}}`)
    case 'usage':
      return dataFrame(JSON.stringify({ done: true, usage: openaiUsage(event.usage) }))
    default:
      return ''
  }
}
