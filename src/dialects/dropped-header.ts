const shownMax = 32

/**
 * The header that names what was left out of a request. The names are the caller's text: what would not be a word in a
 * header is not shown, and of many only the first.
 */
export function droppedHeader(what: 'tools' | 'items' | 'blocks', names: readonly string[]): Record<string, string> {
  const shown = [...new Set(names)].filter((name) => /^[\w.-]{1,64}$/.test(name)).slice(0, shownMax)
  return shown.length === 0 ? {} : { [`x-gateway-dropped-${what}`]: shown.join(', ') }
}
