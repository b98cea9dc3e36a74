/** What a service's owner allows and fills in; decoders build requests within it. */
export interface ChatPolicy {
  readonly defaults: {
    readonly temperature: number
    readonly top_p: number
    readonly top_k: number
    readonly max_tokens: number
    readonly enable_thinking: boolean
  }
  /** A larger `max_tokens` is lowered to this. */
  readonly maxTokens: number
  /** The largest `n`. */
  readonly maxChoices: number
  /** Images in one request, the whole conversation counted. */
  readonly maxImages: number
  /** Pieces of audio in one request, the whole conversation counted. */
  readonly maxAudio: number
  /** True where images may be named by an address, which the gateway fetches. */
  readonly remoteImages: boolean
  /** True where streams of the Gemini dialect end as gemma.cpp's do. */
  readonly geminiEndWithDone?: boolean
  /** False where the billing header that Claude Code puts before its system prompt is to reach the model. */
  readonly stripBillingHeader?: boolean
}
