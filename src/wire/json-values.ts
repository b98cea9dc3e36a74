/** How much may be in a JSON text. */
export interface JsonBounds {
  readonly values: number
  /** The names of fields, which are counted among the values as well. */
  readonly names: number
}

/**
 * Far more than any conversation has; parsing and checking take time with each. A name that is nowhere else takes fifty
 * times as long as a number, and as many as these, with their values, are more tokens than a model can take. Numbers are
 * what long lists of token ids hold.
 */
export const bodyBounds: JsonBounds = { values: 500_000, names: 50_000 }

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const bracket = 0x5b
const backslash = 0x5c
const brace = 0x7b

/** Whether JSON text has more than may be in it; strings, which images are, are passed over. Any text may be given. */
export function hasTooManyValues(text: string, { values, names }: JsonBounds = bodyBounds): boolean {
  // Each value takes two characters at least.
  if (text.length < values * 2 && !mayHaveMoreNames(text, names)) return false
  // One mark stands before or in every value but the first, and a colon behind every name.
  let marks = 0
  let colons = 0
  for (let at = 0; at < text.length && marks <= values && colons <= names; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === comma || code === bracket || code === brace) marks++
    else if (code === colon) {
      marks++
      colons++
    }
  }
  return marks > values || colons > names
}

/** Colons are found in no time, those inside strings among them. A name and its value take five characters at least. */
function mayHaveMoreNames(text: string, names: number): boolean {
  if (text.length < names * 5) return false
  let colons = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) if (++colons > names) return true
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
