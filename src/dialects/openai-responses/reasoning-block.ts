import { reasoningItem } from './output-items.ts'
import { type BlockPlace, closed, itemEvent, partEvent, partFields, type StreamBlock } from './stream-block.ts'
import type { ToldEvent } from './told-events.ts'

/** Where a summary is asked for, it is the reasoning itself, piece by piece. */
export function createReasoningBlock(place: BlockPlace): StreamBlock {
  const { id } = reasoningItem(place, '', 'in_progress')
  const part = partFields(id, place.outputIndex, { content_index: 0 })
  const summary = partFields(id, place.outputIndex, { summary_index: 0 })
  const { tellsSummary } = place.answer.echo
  const prefix = 'response.reasoning_summary'
  let text = ''
  const summaryEvents = (...events: ToldEvent[]) => (tellsSummary ? events : [])
  return {
    open: () => [
      itemEvent('added', place, reasoningItem(place, '', 'in_progress')),
      partEvent('response.content_part.added', part, 'part', { type: 'reasoning_text', text: '' }),
      ...summaryEvents(partEvent(`${prefix}_part.added`, summary, 'part', { type: 'summary_text', text: '' })),
    ],
    add(piece) {
      text += piece
      const json = JSON.stringify(piece)
      const reasoning = { type: 'response.reasoning_text.delta', fields: `${part},"delta":${json}` }
      if (!tellsSummary) return [reasoning]
      return [reasoning, { type: `${prefix}_text.delta`, fields: `${summary},"delta":${json}` }]
    },
    close(status) {
      const events = [
        partEvent('response.reasoning_text.done', part, 'text', text),
        partEvent('response.content_part.done', part, 'part', { type: 'reasoning_text', text }),
        ...summaryEvents(
          partEvent(`${prefix}_text.done`, summary, 'text', text),
          partEvent(`${prefix}_part.done`, summary, 'part', { type: 'summary_text', text }),
        ),
      ]
      return closed(place, events, reasoningItem(place, text, status))
    },
    item: (status) => reasoningItem(place, text, status),
  }
}
