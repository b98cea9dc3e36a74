import type { Ability, Finish, Letter, Result, Story, Told, ToldError } from '../story.ts'

/**
 * A client of one dialect, written from its documents and not from our encoders. Readers throw on whatever the dialect's
 * grammar forbids: unknown fields, events out of their order, an end that is none.
 */
export interface Speaker {
  readonly name: string
  /** Whose error words it speaks; several speakers may share a family. */
  readonly family: 'chat' | 'responses' | 'messages' | 'gemini'
  readonly lacks: readonly Ability[]
  /** How the dialect tells of a finish; null where it has no word for any. */
  tellFinish(finish: Finish, story: Story): Finish | null
  ask(story: Story, streamed: boolean): Letter
  /** The next letter of a conversation: the answer as the client has kept it, and what its tools said. */
  goOn(letter: Letter, answer: Told, results: readonly Result[]): Letter
  /** The headers that hold a key. */
  present(key: string): Readonly<Record<string, string>>
  /** A letter with its fields as they are, but for one that is wrong: where it is named as the dialect spells it. */
  readonly misfit: { readonly letter: Letter; readonly field: string }
  /** A route that only this dialect would have, if it had it. */
  readonly unknownRoute: string
  /** The content type of a stream. */
  readonly streamType: string
  readWhole(text: string): Told
  readStream(text: string): Told
  readError(text: string): ToldError
  /** What comes while nothing comes: how often, in the bytes of a stream that has told nothing yet. */
  readonly keepAlive: RegExp
}
