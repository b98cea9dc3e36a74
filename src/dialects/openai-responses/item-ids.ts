import { randomBytes } from 'node:crypto'
import type { WireItem } from './wire-items.ts'

/**
 * A response's token is random, and the ids of all that is in it are made of it: an id is unguessable, and tells which
 * response it belongs to.
 */
export function createToken(): string {
  return randomBytes(24).toString('hex')
}

export function responseId(token: string): string {
  return `resp_${token}`
}

export function isResponseId(id: string): boolean {
  return /^resp_[0-9a-f]{48}$/.test(id)
}

const prefixes = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
} as const satisfies Record<WireItem['type'], string>

type OutputType = 'message' | 'reasoning' | 'function_call' | 'custom_tool_call'

/** `index` counts the items of the same kind; the calls of both types are of one kind. */
export function outputId(type: OutputType, token: string, index: number): string {
  return `${prefixes[type]}_${token}_${index}`
}

export function inputId(type: WireItem['type'], token: string, index: number): string {
  return `${prefixes[type]}_${token}_in${index}`
}

/** The response that an item belongs to; undefined for an id that was never ours. */
export function responseOfItem(id: string): string | undefined {
  const [, token] = /^[a-z]{2,4}_([0-9a-f]{48})_(?:in)?\d{1,6}$/.exec(id) ?? []
  return token === undefined ? undefined : responseId(token)
}
