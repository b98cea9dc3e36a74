/** What a caller wants, whichever dialect it is put in. */
export interface Story {
  /** The user's words, directives to the look-alike among them. */
  readonly says: string
  readonly system?: string
  /** What was said before. */
  readonly before?: readonly Turn[]
  /** Base64 of a PNG that goes before the words. */
  readonly image?: string
  readonly thinks?: boolean
  readonly tools?: readonly Tool[]
  /** Else the model may choose; a name forces the call of that tool. */
  readonly choice?: 'none' | 'required' | { readonly name: string }
  /** A JSON schema of the answer. */
  readonly format?: object
  readonly stop?: string
  readonly maxTokens?: number
  readonly temperature?: number
  readonly model?: string
}

export type Turn = UserTurn | ModelTurn | ToolsTurn

interface UserTurn {
  readonly by: 'user'
  readonly text: string
}

interface ModelTurn {
  readonly by: 'model'
  readonly text?: string
  readonly calls?: readonly ToldCall[]
}

interface ToolsTurn {
  readonly by: 'tools'
  readonly results: readonly Result[]
}

export interface Tool {
  readonly name: string
  readonly description: string
  readonly properties: Readonly<Record<string, object>>
}

/** What not every dialect can say. */
export type Ability = 'thinking' | 'tools' | 'images' | 'formats' | 'stops' | 'history' | 'choices by name'

/** A story in a dialect's own words. */
export interface Letter {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/** `malformed-call`: the model made a call whose arguments are none, although nothing cut it. */
export type Finish = 'stop' | 'stop-string' | 'tool-calls' | 'malformed-call' | 'length'

/** An answer, whole or gathered from a stream, in no dialect's words. */
export interface Told {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly ToldCall[]
  /** Null where the answer failed, or the dialect has no word for it. */
  readonly finish: Finish | null
  readonly usage: ToldUsage | null
  readonly error: ToldError | null
  /** What came for no other reason than that nothing else did. */
  readonly keepAlives: number
  /** What a client of the dialect keeps of the answer for the next request, as it goes into its history. */
  readonly turn: readonly unknown[]
}

export interface ToldCall {
  readonly id: string
  readonly name: string
  readonly args: unknown
}

export interface ToldUsage {
  readonly prompt: number
  readonly cached: number
  readonly completion: number
  readonly reasoning: number
}

/** A failure as clients of the dialect read it; `word` is what they branch on. */
export interface ToldError {
  readonly word: string
  readonly message: string
  /** Null where the dialect says no field, or there is none. */
  readonly field: string | null
}

export interface Result {
  readonly call: Pick<ToldCall, 'id' | 'name'>
  readonly text: string
  /** Base64 of a PNG. */
  readonly image?: string
}
