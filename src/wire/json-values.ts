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

export interface JsonExtent {
  /** Commas, colons and opening brackets: one before or in every value but the first. */
  readonly marks: number
  /** Colons, one behind every name. */
  readonly names: number
  /** Levels of arrays and objects within each other. */
  readonly depth: number
}

/** How much there would be to parse in JSON text, also where it breaks off or makes no sense; strings are passed over. */
export function extentOf(text: string): JsonExtent {
  let marks = 0
  let names = 0
  let open = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case codes.quote:
        at = endOfString(text, at)
        break
      case codes.brace:
      case codes.bracket:
        marks++
        depth = Math.max(depth, ++open)
        break
      case codes.closingBrace:
      case codes.closingBracket:
        open--
        break
      case codes.colon:
        names++
        marks++
        break
      case codes.comma:
        marks++
    }
  }
  return { marks, names, depth }
}

const codes = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  bracket: 0x5b,
  backslash: 0x5c,
  closingBracket: 0x5d,
  brace: 0x7b,
  closingBrace: 0x7d,
} as const

/** Whether JSON text has more than may be in it. Any text may be given. */
export function hasTooManyValues(text: string, { values, names }: JsonBounds = bodyBounds): boolean {
  // Each value takes two characters at least.
  if (text.length < values * 2 && !mayHaveMoreNames(text, names)) return false
  const extent = extentOf(text)
  return extent.marks > values || extent.names > names
}

/** Colons are found in no time, those inside strings among them. A name and its value take five characters at least. */
function mayHaveMoreNames(text: string, names: number): boolean {
  if (text.length < names * 5) return false
  let colons = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) if (++colons > names) return true
  return false
}

/** Where the string that begins here ends, or the text. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === codes.backslash) slashes++
  return slashes % 2 === 1
}
