import type { WireInputItem } from './wire-items.ts'

const shownMax = 32

/** Headers that name what was left out: agents always send along what only their maker's servers can run or read. */
export function droppedHeaders(
  tools: readonly string[],
  input: readonly WireInputItem[],
): Readonly<Record<string, string>> {
  const items = new Set(input.flatMap((item) => (item.type === 'other' ? [item.other] : [])))
  return { ...header('x-gateway-dropped-tools', tools), ...header('x-gateway-dropped-items', [...items]) }
}

/** Types are the caller's text: what would not be a word in a header is not shown. */
function header(name: string, types: readonly string[]): Record<string, string> {
  const shown = types.filter((type) => /^[\w.-]{1,64}$/.test(type)).slice(0, shownMax)
  return shown.length === 0 ? {} : { [name]: shown.join(', ') }
}
