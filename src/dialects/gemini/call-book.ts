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
  let calls: OpenCall[] = []
  return {
    open(made) {
      calls = made.map((call) => ({ id: call.id, name: call.function.name, answered: false }))
    },
    answer({ id }, name, unmatched) {
      const waiting = calls.filter(({ answered }) => !answered)
      const call =
        waiting.find((open) => open.id === id) ??
        (isNamed(id, calls) ? undefined : waiting.find((open) => open.name === name))
      if (call === undefined) return id || unmatched
      call.answered = true
      return call.id
    },
  }
}

/** An id that a call has, answered or not, means that call and no other. */
function isNamed(id: string | undefined, calls: readonly OpenCall[]): boolean {
  return calls.some((call) => call.id === id)
}
