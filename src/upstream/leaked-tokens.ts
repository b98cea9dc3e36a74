import { anyOf, controlTokens } from './control-tokens.ts'

export type Said = 'reasoning' | 'text'

/** A piece of what the model said that may be told. */
interface SaidPiece {
  readonly kind: Said
  readonly text: string
}

/** Takes Gemma's control tokens out of what one choice says, also where they are cut over several pieces. */
export interface LeakFilter {
  /** True where a text without a `<` may be told as it is, without asking. */
  isIdle(): boolean
  /** What may be told now; an end that may be the beginning of a token is kept back. */
  add(kind: Said, text: string): SaidPiece[]
  /** What was kept back and is no token after all, because nothing of its kind follows. */
  flush(): SaidPiece[]
}

/** The longer first: its line's end belongs to it. */
const thoughtBegins = ['<|channel>thought\n', '<|channel>thought']
const thoughtEnds = '<channel|>'
/** Never leak, because vLLM leaves them out; what spells them is text about tokenizers. */
const spelt = new Set(['<bos>', '<eos>', '<pad>'])
/** A label after a token belongs to it. */
const labelled = [...thoughtBegins, '<|turn>model\n', '<start_of_turn>model\n']
const leaks = [...labelled, ...controlTokens.filter((token) => !spelt.has(token))]
const leak = new RegExp(`(${anyOf(leaks)})`)

/** A thought that vLLM's parser let through as text is told as reasoning again. */
export function createLeakFilter(): LeakFilter {
  let kept: SaidPiece | undefined
  let thinking = false

  function flush(): SaidPiece[] {
    if (kept === undefined) return []
    const { kind, text } = kept
    kept = undefined
    return withoutTokens(kind, text)
  }

  function kindOf(kind: Said): Said {
    return thinking ? 'reasoning' : kind
  }

  /** Notes a token of a text; gives whether it is none. */
  function isSaid(kind: Said, part: string): boolean {
    if (!part.startsWith('<') || !leaks.includes(part)) return part !== ''
    if (kind === 'text' && thoughtBegins.includes(part)) thinking = true
    if (part === thoughtEnds) thinking = false
    return false
  }

  function withoutTokens(kind: Said, text: string): SaidPiece[] {
    return text.split(leak).flatMap((part) => (isSaid(kind, part) ? [{ kind: kindOf(kind), text: part }] : []))
  }

  return {
    isIdle: () => kept === undefined && !thinking,
    add(kind, text) {
      const before = kept?.kind === kind ? [] : flush()
      const whole = (kept?.text ?? '') + text
      const end = beginningOfLeak(whole)
      kept = end === whole.length ? undefined : { kind, text: whole.slice(end) }
      return [...before, ...withoutTokens(kind, whole.slice(0, end))]
    },
    flush,
  }
}

/** Where the end of a text may be the beginning of a token; its length where it is not. */
function beginningOfLeak(text: string): number {
  const at = text.lastIndexOf('<')
  if (at === -1) return text.length
  const end = text.slice(at)
  return leaks.some((token) => token.length > end.length && token.startsWith(end)) ? at : text.length
}
