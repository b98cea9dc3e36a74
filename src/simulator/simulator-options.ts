/** How the look-alike is set up; the names follow vLLM's flags where there is one. */
export interface SimulatorOptions {
  /** `--served-model-name`. */
  readonly model: string
  /** What `/v1/models` tells as `root`: a path, as vLLM leaks it. */
  readonly root: string
  readonly version: string
  readonly maxModelLen: number
  /** Requests that run at once; the rest wait, without limit. */
  readonly maxNumSeqs: number
  /** `VLLM_MAX_N_SEQUENCES`: the largest `n`. */
  readonly maxChoices: number
  readonly maxImages: number
  /** For each choice of each request; 0 is as fast as possible. */
  readonly tokensPerSecond: number
  /** From the moment a request runs to its first token. */
  readonly firstTokenMs: number
  /** Guards the routes below `/v1`; null leaves them open. */
  readonly apiKey: string | null
  readonly keepAliveTimeoutMs: number
  /** `--enable-auto-tool-choice --tool-call-parser`. */
  readonly toolCallParser: boolean
  /** `--reasoning-parser`: without it, thinking stays in the content, with its marks. */
  readonly reasoningParser: boolean
  /** `--default-chat-template-kwargs`: whether a request that says nothing thinks. */
  readonly enableThinking: boolean
  /** `--enable-prompt-tokens-details`. */
  readonly cachedTokens: boolean
  /** How many requests are remembered; the oldest are forgotten first. */
  readonly recordedMax: number
}

export const defaultOptions: SimulatorOptions = {
  model: 'gemma-4-e2b',
  root: '/models/gemma-4-E2B-it-AWQ-INT4',
  version: '0.28.0',
  maxModelLen: 8192,
  maxNumSeqs: 8,
  maxChoices: 16_384,
  maxImages: 2,
  tokensPerSecond: 0,
  firstTokenMs: 0,
  apiKey: null,
  keepAliveTimeoutMs: 5000,
  toolCallParser: true,
  reasoningParser: true,
  enableThinking: false,
  cachedTokens: true,
  recordedMax: 1000,
}
