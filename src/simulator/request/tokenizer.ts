/**
 * A deterministic stand-in for Gemma's tokenizer: a token is up to six ASCII characters of a word with the white space
 * before it, up to two other characters, or a control token. Joined, the tokens of a text are the text.
 */
export function tokenize(text: string): string[] {
  if (!text.includes('<')) return text.match(wordPattern) ?? []
  return text.split(controlPattern).flatMap(function tokens(piece) {
    if (piece === '') return []
    return controlIds.has(piece) ? [piece] : (piece.match(wordPattern) ?? [])
  })
}

/** Ends a turn of the conversation; as a stop reason, the end of an answer. */
export const turnEndId = 106
/** Asks for a tool's answer; as a stop reason, the end of tool calls. */
export const toolResponseId = 50

const controlIds: ReadonlyMap<string, number> = new Map([
  ['<bos>', 2],
  ['<|turn>', 105],
  ['<turn|>', turnEndId],
  ['<|tool_response>', toolResponseId],
  ['<tool_response|>', 51],
  ['<|tool_call>', 48],
  ['<tool_call|>', 49],
  ['<|tool>', 46],
  ['<tool|>', 47],
  ['<|channel>', 100],
  ['<channel|>', 101],
  ['<|think|>', 98],
  ['<|image|>', 258_880],
  ['<|audio|>', 258_881],
  ['<|"|>', 52],
])

const wordPattern = /\s*(?:[!-~]{1,6}|[^\s!-~]{1,2})|\s+$/gu
const controlPattern = new RegExp(`(${[...controlIds.keys()].map((token) => token.replaceAll('|', '\\|')).join('|')})`)

const firstWordId = 1000
const wordIds = 240_000

/** The same text has the same id; unlike in a real vocabulary, two texts may share one. */
export function tokenId(token: string): number {
  return controlIds.get(token) ?? firstWordId + (hashText(token) % wordIds)
}

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
