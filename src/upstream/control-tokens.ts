import { isRawNumber, parseToWrite } from '../wire/exact-json.ts'

const names = [
  'turn',
  'tool_call',
  'tool_response',
  'tool',
  'channel',
  'think',
  'image',
  'audio',
  '"',
  'image_soft_token',
]
const older = ['start_of_turn', 'end_of_turn', 'bos', 'eos', 'pad']

/** What Gemma's tokenizer may take for one of its control tokens, longest first. None holds a bracket but its own. */
export const controlTokens: readonly string[] = [
  ...names.flatMap((name) => [`<|${name}>`, `<${name}|>`, `<|${name}|>`]),
  ...older.map((name) => `<${name}>`),
].toSorted((left, right) => right.length - left.length)

/** A pattern's text that matches any of some texts. */
export function anyOf(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll('|', '\\|')).join('|')
}

const controlToken = new RegExp(anyOf(controlTokens), 'g')
/** The same in JSON, where a quotation mark is escaped. */
const inJson = new RegExp(anyOf(controlTokens.map((token) => token.replace('"', '\\\\"'))))

/** Keeps a bracket from beginning a token, and can still be read. */
const gap = '\u200b'

/**
 * Text that spells one of Gemma's control tokens would become that token and end the turn. A zero-width space after the
 * bracket keeps it text.
 */
export function breakControlTokens(text: string): string {
  return text.includes('<') ? text.replace(controlToken, breakToken) : text
}

function breakToken(token: string): string {
  return `<${gap}${token.slice(1)}`
}

/** The same for texts that the template puts one after another, trimmed: a token may be spread over several. */
export function breakSpreadTokens(texts: readonly string[]): string[] {
  // Each is trimmed once: one of them may be nothing but blanks, megabytes of them.
  const beginnings = texts.map((text) => text.trim().slice(0, lengthMax))
  return texts.map((text, index) => breakBeginning(breakControlTokens(text), beginnings.slice(index + 1).join('')))
}

const lengthMax = controlTokens[0]?.length ?? 0

/** Breaks what at the end of a text is the beginning of a token that what follows it completes. */
function breakBeginning(text: string, following: string): string {
  const at = text.lastIndexOf('<')
  const beginning = text.slice(at).trimEnd()
  if (at === -1 || beginning.length >= lengthMax) return text
  const whole = beginning + following
  const spelt = controlTokens.some((token) => beginning.length < token.length && whole.startsWith(token))
  return spelt ? text.slice(0, at) + breakToken(text.slice(at)) : text
}

/**
 * The same for all texts inside a JSON text, names included. Text that is no JSON is broken as it stands. JSON may write
 * every character as an escape, so that a token in it may look like none until it is parsed.
 */
export function breakTokensInJson(json: string): string {
  if (!json.includes('<') && !json.includes('\\u003')) return json
  if (!json.includes('\\u') && !inJson.test(json)) return json
  try {
    const value = parseToWrite(json)
    const broken = JSON.stringify(breakInside(value))
    // Where nothing was broken, numbers stay as they were written.
    return broken === JSON.stringify(value) ? json : broken
  } catch {
    return breakControlTokens(json)
  }
}

function breakInside(value: unknown): unknown {
  if (typeof value === 'string') return breakControlTokens(value)
  if (Array.isArray(value)) return value.map(breakInside)
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [breakControlTokens(name), breakInside(inner)]),
  )
}
