import type { Finish, Piece, Usage } from './piece.ts'

/** All that came of a question. */
export interface Answer {
  readonly text: string
  readonly thinking: string
  /** Undefined where the server ended without saying why. */
  readonly finish: Finish | undefined
  readonly usage: Usage
  /** From the question's departure to its first piece of thinking or text; undefined where none came. */
  readonly firstMs: number | undefined
  readonly totalMs: number
  /** Undefined where too few tokens came to tell. */
  readonly tokensPerSecond: number | undefined
}

export interface AnswerKeeper {
  add(piece: Piece): void
  /** What has come so far; a given reason beats that of the server. */
  settle(finish?: Finish): Answer
}

/** `now` is a clock in milliseconds. */
export function keepAnswer(now: () => number): AnswerKeeper {
  const startedAt = now()
  const said = { text: '', thinking: '' }
  let usage: Usage = {}
  let finish: Finish | undefined
  let firstAt: number | undefined
  let lastAt = startedAt

  return {
    add(piece) {
      if (piece.type === 'finish') finish = piece.reason
      else if (piece.type === 'usage') usage = { ...usage, ...piece.usage }
      else {
        said[piece.type] += piece.text
        lastAt = now()
        firstAt ??= lastAt
      }
    },
    settle(reason = finish) {
      return {
        ...said,
        finish: reason,
        usage,
        firstMs: firstAt === undefined ? undefined : firstAt - startedAt,
        totalMs: now() - startedAt,
        tokensPerSecond: speedOf(streamedTokens(usage, said.thinking), lastAt - (firstAt ?? lastAt)),
      }
    },
  }
}

/** The tokens that were seen to come: hidden thinking came before the first of them. */
function streamedTokens({ output = 0, thinking = 0 }: Usage, shownThinking: string): number {
  return shownThinking === '' ? output - thinking : output
}

/** The first token's time belongs to the wait before it. What came in one piece has no speed. */
function speedOf(tokens: number, milliseconds: number): number | undefined {
  return tokens < 2 || milliseconds < 10 ? undefined : ((tokens - 1) / milliseconds) * 1000
}
