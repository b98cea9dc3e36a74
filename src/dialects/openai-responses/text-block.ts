import type { TokenLogprob } from '../../chat/chat-event.ts'
import { messageItem, textPart } from './output-items.ts'
import { type BlockPlace, closed, itemEvent, partEvent, partFields, type StreamBlock } from './stream-block.ts'

export function createTextBlock(place: BlockPlace): StreamBlock {
  const part = partFields(messageItem(place, [], 'in_progress').id, place.outputIndex, { content_index: 0 })
  const tokens: TokenLogprob[] = []
  let text = ''
  const content = () => textPart(text, tokens)
  return {
    open: () => [
      itemEvent('added', place, messageItem(place, [], 'in_progress')),
      partEvent('response.content_part.added', part, 'part', textPart('', [])),
    ],
    add(piece, logprobs) {
      text += piece
      tokens.push(...logprobs)
      const held = logprobs.length === 0 ? '[]' : JSON.stringify(logprobs)
      const fields = `${part},"delta":${JSON.stringify(piece)},"logprobs":${held}`
      return [{ type: 'response.output_text.delta', fields }]
    },
    close(status, logprobs) {
      tokens.push(...logprobs)
      const fields = `${part},"text":${JSON.stringify(text)},"logprobs":${JSON.stringify(tokens)}`
      const events = [
        { type: 'response.output_text.done', fields },
        partEvent('response.content_part.done', part, 'part', content()),
      ]
      return closed(place, events, messageItem(place, [content()], status))
    },
    item: (status) => messageItem(place, [content()], status),
  }
}
