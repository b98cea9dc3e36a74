/** Text, or the ids of its tokens. */
export type InputContent = string | readonly number[]

/** How many numbers a vector is to have, and where the caller said so. */
export interface WantedDimensions {
  readonly count: number
  readonly field: string
}

export interface EmbeddingsInput {
  readonly content: InputContent
  /** Where it stands in the caller's own spelling, such as `input[3]`. */
  readonly field: string
  /** All that the model gives where it is not there. */
  readonly dimensions?: WantedDimensions | undefined
}

/** What becomes of an input that is longer than the model takes. */
export interface OverlongRule {
  readonly action: 'refuse' | 'cut'
  /** The caller's own bound in tokens, below the model's. */
  readonly tokensMax?: number | undefined
}

/** What is asked of an embedding model, whatever dialect it was asked in. */
export interface EmbeddingsRequest {
  readonly inputs: readonly EmbeddingsInput[]
  readonly overlong: OverlongRule
}

export interface EmbeddingsReply {
  /** In the order of the inputs. */
  readonly vectors: readonly Float32Array[]
  readonly promptTokens: number
}
