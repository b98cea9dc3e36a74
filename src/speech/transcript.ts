/** What was said. All times are seconds from the beginning. */
export interface Transcript {
  readonly text: string
  /** The language's English name in small letters, such as `russian`; null where the model does not tell. */
  readonly language: string | null
  /** How long the audio is, by the model's own word; undefined where it has none. */
  readonly seconds: number | undefined
  readonly segments: readonly TranscriptSegment[]
  /** Null where the model tells no times of words. */
  readonly words: readonly TranscriptWord[] | null
}

export interface TranscriptSegment {
  readonly start: number
  readonly end: number
  /** As the model wrote it, with the space before it where there is one. */
  readonly text: string
  readonly tokens: readonly number[]
  readonly temperature: number
  readonly averageLogprob: number
  readonly noSpeechProbability: number
}

export interface TranscriptWord {
  readonly word: string
  readonly start: number
  readonly end: number
  /** How sure the model is of it, from 0 to 1; null where it does not say. */
  readonly probability: number | null
}
