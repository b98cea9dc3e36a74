import type { Question } from './conversation.ts'
import type { Piece } from './piece.ts'

/** A language in which the client speaks to a server. */
export interface ClientDialect {
  /** For people, such as `OpenAI Chat Completions`. */
  readonly title: string
  /** What goes before the paths where the base URL names no version. */
  readonly version: string
  /** Where a streamed answer is asked for, below the version. */
  path(model: string): string
  headers(key: string): Readonly<Record<string, string>>
  body(model: string, question: Question): unknown
  /** One reader for each answer. It throws ClientError where the server tells of a failure. */
  openReader(): ReadEvent
}

/** The pieces that one event brings. The event is whatever JSON the server sent. */
export type ReadEvent = (event: unknown) => readonly Piece[]
