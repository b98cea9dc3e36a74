import type { ToolCall } from '../../chat/chat-request.ts'
import type { WireFunctionResponse } from './wire-request.ts'

interface OpenCall {
  readonly id: string
  readonly name: string
  answered: boolean
}

/** Remembers which calls still wait for their results, so that results without ids find them. */
export interface CallBook {
  /** Notes the calls of a turn of the model's. */
  open(calls: readonly ToolCall[]): void
  /** The id of the call that a result is for; one that no call has where there is none. */
  answer(response: WireFunctionResponse, modelName: string | undefined, unmatched: string): string
}

export function createCallBook(): CallBook {
  let byId = noCalls
  let byName = noCalls
  return {
    open(made) {
      const calls = made.map((call) => ({ id: call.id, name: call.function.name, answered: false }))
      byId = queuesBy(calls, ({ id }) => id)
      byName = queuesBy(calls, ({ name }) => name)
    },
    answer({ id = '' }, name = '', unmatched) {
      // An id that a call has, answered or not, means that call and no other.
      const queue = byId.get(id) ?? byName.get(name)
      const call = queue?.find(({ answered }) => !answered)
      if (call === undefined) return id || unmatched
      call.answered = true
      return call.id
    },
  }
}

/** Each goes on where it stopped: one turn may hold very many calls. */
type Queues = ReadonlyMap<string, IteratorObject<OpenCall>>

const noCalls: Queues = new Map()

function queuesBy(calls: readonly OpenCall[], wordOf: (call: OpenCall) => string): Queues {
  return new Map([...Map.groupBy(calls, wordOf)].map(([word, group]) => [word, group.values()]))
}
