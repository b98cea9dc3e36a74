/** Far more than any conversation has; parsing and checking take time with each. */
export const jsonValuesMax = 500_000

const quote = '"'.charCodeAt(0)
const backslash = '\\'.charCodeAt(0)
/** One of them stands before or in every value but the first. */
const structural = new Set([...'[{,:'].map((character) => character.charCodeAt(0)))

/** Whether JSON text has more values than may be; strings, which images are, are passed over. Any text may be given. */
export function hasTooManyValues(text: string, most = jsonValuesMax): boolean {
  // Each takes two characters at least.
  if (text.length < most * 2) return false
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (structural.has(code) && ++values > most) return true
  }
  return false
}

/** Where the string that begins here ends, or the text. */
export function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++
  return slashes % 2 === 1
}
