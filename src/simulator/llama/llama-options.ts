/** How the look-alike of llama-server is set up, started with `--embedding`; the names follow its flags where there is one. */
export interface LlamaOptions {
  /** `--alias`. */
  readonly model: string
  readonly dimensions: number
  /** `--ubatch-size`: a longer input is refused. */
  readonly ubatchTokens: number
  /** `--ctx-size`, as each slot has it. */
  readonly contextTokens: number
  /** `--parallel`: inputs that run at once; the rest wait, without limit, first come first served. */
  readonly slots: number
  /** How long each input takes. */
  readonly inputMs: number
  /** Guards all but `/health`; null leaves everything open. */
  readonly apiKey: string | null
  readonly keepAliveTimeoutMs: number
  /** How many requests are remembered; the oldest are forgotten first. */
  readonly recordedMax: number
}

export const defaultLlamaOptions: LlamaOptions = {
  model: 'embeddinggemma-300m',
  dimensions: 768,
  ubatchTokens: 2048,
  contextTokens: 2048,
  slots: 4,
  inputMs: 0,
  apiKey: null,
  keepAliveTimeoutMs: 5000,
  recordedMax: 1000,
}
