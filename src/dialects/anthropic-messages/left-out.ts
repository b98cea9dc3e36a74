import { droppedHeader } from '../dropped-header.ts'
import type { WireMessage, WireRequest } from './wire-request.ts'

/**
 * Headers that name what was left out: tools that only Anthropic's servers or models know, and blocks of such tools. Agents
 * send both along always.
 */
export function leftOutHeaders({ tools, system, messages }: WireRequest): Readonly<Record<string, string>> {
  const types = (tools ?? []).flatMap(({ input_schema: schema, type }) => (schema === undefined ? [type ?? ''] : []))
  return {
    ...droppedHeader('tools', types),
    ...droppedHeader('blocks', [system ?? '', ...messages.map(({ content }) => content)].flatMap(othersIn)),
  }
}

function othersIn(content: WireMessage['content']): string[] {
  if (typeof content === 'string') return []
  return content.flatMap((block) => {
    if (block.type === 'other') return [block.other]
    if (block.type !== 'tool_result' || typeof block.content !== 'object') return []
    return (block.content ?? []).flatMap((inner) => (inner.type === 'other' ? [inner.other] : []))
  })
}
