/** The flags of the command as they are after parsing. */
export interface ChatFlags {
  readonly prompt?: string
  readonly system?: string
  readonly image?: readonly string[]
  readonly thinking?: boolean
  readonly maxTokens?: number
  readonly dialect: 'openai' | 'anthropic' | 'gemini' | 'responses'
  readonly model?: string
  readonly baseUrl?: string
  readonly key?: string
  readonly json?: true
}
