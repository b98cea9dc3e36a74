import type { Answer } from '../../src/client/answer.ts'
import { ask } from '../../src/client/ask.ts'
import type { Question } from '../../src/client/conversation.ts'
import { clientDialects } from '../../src/client/dialects.ts'
import type { Piece } from '../../src/client/piece.ts'
import { describeServer } from '../../src/client/server.ts'

export type DialectName = keyof typeof clientDialects

export const dialectNames = ['openai', 'anthropic', 'gemini', 'responses'] as const satisfies DialectName[]

export interface Whom {
  readonly dialect: DialectName
  readonly url: string
  readonly key?: string
  readonly signal?: AbortSignal
  /** Called with each piece as it comes. */
  readonly hear?: (piece: Piece) => void
}

/** A question of one message. */
export function question(text: string, rest: Partial<Question> = {}): Question {
  return { turns: [{ role: 'user', text, images: [] }], ...rest }
}

/** Asks as the command does, by the server's own sockets. */
export function asking(
  { dialect, url, key, signal = new AbortController().signal, hear = () => undefined }: Whom,
  asked: Question,
): Promise<Answer> {
  return ask(describeServer(clientDialects[dialect], url, key), 'gemma4', asked, { hear, signal })
}
