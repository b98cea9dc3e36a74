import type { WireMessage, WireRequest } from './wire-request.ts'

const shownMax = 32

/**
 * Headers that name what was left out: tools that only Anthropic's servers or models know, and blocks of such tools. Agents
 * send both along always.
 */
export function leftOutHeaders({ tools, system, messages }: WireRequest): Readonly<Record<string, string>> {
  const types = (tools ?? []).flatMap(({ input_schema: schema, type }) => (schema === undefined ? [type ?? ''] : []))
  return {
    ...header('x-gateway-dropped-tools', types),
    ...header('x-gateway-dropped-blocks', [system ?? '', ...messages.map(({ content }) => content)].flatMap(othersIn)),
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

/** Types are the caller's text: what would not be a word in a header is not shown. */
function header(name: string, types: readonly string[]): Record<string, string> {
  const shown = [...new Set(types)].filter((type) => /^[\w.-]{1,64}$/.test(type)).slice(0, shownMax)
  return shown.length === 0 ? {} : { [name]: shown.join(', ') }
}
