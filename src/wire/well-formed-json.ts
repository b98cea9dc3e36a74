/**
 * An escape of half a character outside the Basic Multilingual Plane, without its other half. A backslash before it that is
 * itself escaped makes plain text of it.
 */
const lone =
  /\\u(?<=(?<!\\)(?:\\\\)*\\u)[dD](?:[89abAB][\da-fA-F]{2}(?!\\u[dD][c-fC-F])|[c-fC-F][\da-fA-F]{2}(?<!(?<!\\)(?:\\\\)*\\u[dD][89abAB]..\\u....))/g

/**
 * JSON text whose strings are well-formed, names included: halves of characters, which JavaScript makes where it cuts a text,
 * become U+FFFD. Tokenizers may not take them. Only escapes are looked at: text that was decoded from UTF-8 holds no others.
 */
export function wellFormedJson(text: string): string {
  return text.replace(lone, '\\ufffd')
}
