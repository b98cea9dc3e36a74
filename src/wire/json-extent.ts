import { endOfString } from './json-values.ts'

export interface JsonExtent {
  /** Commas, colons and opening brackets: one before or in every value but the first. */
  readonly marks: number
  /** Levels of arrays and objects within each other. */
  readonly depth: number
}

/** How much there would be to parse in JSON text, also where it breaks off or makes no sense; strings are passed over. */
export function extentOf(text: string): JsonExtent {
  let marks = 0
  let open = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at)
        break
      case '{':
      case '[':
        marks++
        depth = Math.max(depth, ++open)
        break
      case '}':
      case ']':
        open--
        break
      case ',':
      case ':':
        marks++
    }
  }
  return { marks, depth }
}
