/** How the look-alike is set up; the names follow vLLM's flags where there is one. */
export interface SimulatorOptions {
  /**
   * What the model can do; vLLM mounts no other routes. A chat model serves embeddings here besides, which Gemma does not.
   */
  readonly serves: 'chat' | 'embeddings' | 'transcription'
  /** `--served-model-name`. */
  readonly model: string
  /** What `/v1/models` tells as `root`: a path, as vLLM leaks it. */
  readonly root: string
  readonly version: string
  readonly maxModelLen: number
  /** Requests that run at once; the rest wait, without limit. */
  readonly maxNumSeqs: number
  /** `VLLM_MAX_N_SEQUENCES`: the largest `n`. As scripts/start-vllm.sh sets it; vLLM's own is 16384. */
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
  /**
   * Blocks of 16 tokens that the prefix cache has. Null: it remembers nothing and claims to have all before the last turn, so
   * that the same request has the same answer.
   */
  readonly kvBlocks: number | null
  /** Of embeddings. */
  readonly dimensions: number
  /** Which `dimensions` may be asked for: any, none, or these. */
  readonly matryoshka: boolean | readonly number[]
  /** `VLLM_MAX_AUDIO_CLIP_FILESIZE_MB`. */
  readonly audioMegabytesMax: number
  /** How many requests are remembered; the oldest are forgotten first. */
  readonly recordedMax: number
}

/** What is served where no model is named. */
export const usualModels: Readonly<Record<SimulatorOptions['serves'], { model?: string; root?: string }>> = {
  chat: {},
  embeddings: { model: 'embeddinggemma-300m', root: '/models/embeddinggemma-300m' },
  transcription: { model: 'whisper-large-v3-turbo', root: '/models/whisper-large-v3-turbo' },
}

export const defaultOptions: SimulatorOptions = {
  serves: 'chat',
  model: 'gemma-4-e2b',
  root: '/models/gemma-4-E2B-it-AWQ-INT4',
  version: '0.28.0',
  maxModelLen: 8192,
  maxNumSeqs: 8,
  maxChoices: 4,
  maxImages: 2,
  tokensPerSecond: 0,
  firstTokenMs: 0,
  apiKey: null,
  keepAliveTimeoutMs: 5000,
  toolCallParser: true,
  reasoningParser: true,
  enableThinking: false,
  cachedTokens: true,
  kvBlocks: null,
  dimensions: 768,
  matryoshka: true,
  audioMegabytesMax: 25,
  recordedMax: 1000,
}
