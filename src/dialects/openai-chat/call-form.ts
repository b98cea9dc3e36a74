import type { ChatEvent } from '../../chat/chat-event.ts'
import type { ChatChoice } from '../../chat/chat-reply.ts'
import { customInput } from '../custom-tools.ts'
import type { ToolsEcho } from './decode-tools.ts'

type CallEvent<Type> = Extract<ChatEvent, { type: Type }>

/** The deltas of one stream's calls as JSON text, each in the form in which its tool came; empty where there is nothing to tell. */
export interface CallDeltas {
  start(event: CallEvent<'tool-call-start'>): string
  add(event: CallEvent<'tool-call-delta'>): string
  end(event: CallEvent<'tool-call-end'>): string
}

export function createCallDeltas(echo: ToolsEcho): CallDeltas {
  if (echo.asFunctions) return functionDeltas
  return echo.customTools.size === 0 ? toolDeltas : createCustomDeltas(echo.customTools)
}

const toolDeltas: CallDeltas = {
  start: ({ index, id, name }) => toolCalls({ index, id, type: 'function', function: { name, arguments: '' } }),
  add: ({ index, json }) => toolCalls({ index, function: { arguments: json } }),
  end: () => '',
}

const functionDeltas: CallDeltas = {
  start: ({ name }) => JSON.stringify({ function_call: { name, arguments: '' } }),
  add: ({ json }) => JSON.stringify({ function_call: { arguments: json } }),
  end: () => '',
}

/** The model writes JSON around a custom tool's input, so that the input is told when the JSON is whole. */
function createCustomDeltas(names: ReadonlySet<string>): CallDeltas {
  /** By choice, of which each has one block open at most. */
  const open = new Map<number, string>()
  return {
    start(event) {
      const { choice, index, id, name } = event
      if (!names.has(name)) return toolDeltas.start(event)
      open.set(choice, '')
      return toolCalls({ index, id, type: 'custom', custom: { name, input: '' } })
    },
    add(event) {
      const json = open.get(event.choice)
      if (json === undefined) return toolDeltas.add(event)
      open.set(event.choice, json + event.json)
      return ''
    },
    end({ choice, index }) {
      const json = open.get(choice)
      open.delete(choice)
      return json === undefined ? '' : toolCalls({ index, custom: { input: customInput(json) } })
    },
  }
}

function toolCalls(delta: object): string {
  return `{"tool_calls":[${JSON.stringify(delta)}]}`
}

type Call = ChatChoice['toolCalls'][number]

/** The same for a whole message: its fields that tell of calls. */
export function callFields(calls: readonly Call[], { asFunctions, customTools }: ToolsEcho): object {
  const [first] = calls
  if (first === undefined) return {}
  if (asFunctions) return { function_call: { name: first.name, arguments: first.json } }
  return { tool_calls: calls.map((call) => toolCall(call, customTools.has(call.name))) }
}

function toolCall({ id, name, json }: Call, isCustom: boolean): object {
  return isCustom
    ? { id, type: 'custom', custom: { name, input: customInput(json) } }
    : { id, type: 'function', function: { name, arguments: json } }
}
