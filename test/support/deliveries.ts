import type { ChatEvents } from '../../src/chat/chat-event.ts'
import type { DeliverEvents } from '../../src/chat/serve-chat.ts'

/** What yields batches of events, as something that delivers them. */
export function delivering<Asked extends unknown[]>(
  generate: (...asked: Asked) => AsyncIterable<ChatEvents>,
): (...asked: [...Asked, DeliverEvents]) => Promise<void> {
  return async (...all) => {
    // The last argument is the one that was added.
    const deliver = all.at(-1) as DeliverEvents
    for await (const events of generate(...(all.slice(0, -1) as Asked))) await deliver(events)
  }
}

/** Every batch that is delivered. */
export async function deliveriesOf(run: (deliver: DeliverEvents) => Promise<void>): Promise<ChatEvents[]> {
  const delivered: ChatEvents[] = []
  await run((events) => {
    delivered.push(events)
    return undefined
  })
  return delivered
}
