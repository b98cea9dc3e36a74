import { imageTokens, type Turn } from './conversation.ts'
import { pythonJson } from './python-text.ts'
import type { Json } from './read-field.ts'
import { tokenize } from './tokenizer.ts'

/** What the chat template makes of a conversation. */
export interface Prompt {
  /** Characters of the whole text; media are a mark each. */
  readonly length: number
  readonly tokens: readonly string[]
  /** Tokens that media become once they are encoded, their marks included; only what there is. */
  readonly mediaTokens: { readonly image?: number; readonly audio?: number }
  /** The length that counts: in `usage`, in `/tokenize` and against the context. */
  readonly count: number
  /** As many as it counts; what tells a token from others, which for those of media is the whole medium. */
  readonly cacheKeys: readonly string[]
  /** Tokens before the last turn. */
  readonly before: number
}

/** A prompt before it is cut into tokens, which costs many times its length. */
export interface PromptText {
  readonly turns: readonly Turn[]
  /** Up to the last turn. */
  readonly before: string
  readonly last: string
  readonly length: number
}

export interface PromptParts {
  readonly turns: readonly Turn[]
  /** Declarations as they were sent. */
  readonly tools: readonly Json[]
  readonly thinking: boolean
  readonly generationPrompt: boolean
}

export function writePrompt({ turns, tools, thinking, generationPrompt }: PromptParts): PromptText {
  const preamble = thinking || tools.length > 0 ? renderPreamble(tools, thinking) : ''
  const before = `<bos>${preamble}${turns.slice(0, -1).map(renderTurn).join('')}`
  const last = `${turns.slice(-1).map(renderTurn).join('')}${generationPrompt ? '<|turn>model\n' : ''}`
  return { turns, before, last, length: before.length + last.length }
}

export function renderPrompt({ turns, before, last, length }: PromptText): Prompt {
  // Turns begin with a control token, so that the two halves have the tokens of the whole.
  const seen = tokenize(before)
  const tokens = [...seen, ...tokenize(last)]
  const images = turns.reduce((sum, turn) => sum + turn.images, 0)
  const audios = turns.reduce((sum, turn) => sum + turn.audios, 0)
  const audioTokens = turns.reduce((sum, turn) => sum + turn.audioTokens, 0)
  return {
    length,
    tokens,
    mediaTokens: {
      ...(images > 0 && { image: images * imageTokens }),
      ...(audios > 0 && { audio: audioTokens }),
    },
    count: tokens.length + images * (imageTokens - 1) + audioTokens - audios,
    cacheKeys: images + audios === 0 ? tokens : withMedia(tokens, turns),
    before: turns.length > 1 ? seen.length : 0,
  }
}

function withMedia(tokens: readonly string[], turns: readonly Turn[]): string[] {
  const media = turns.flatMap((turn) => turn.media)
  let next = 0
  return tokens.flatMap((token) => {
    const medium = token === '<|image|>' || token === '<|audio|>' ? media[next++] : undefined
    return medium === undefined ? [token] : new Array<string>(medium.tokens).fill(medium.hash)
  })
}

function renderPreamble(tools: readonly Json[], thinking: boolean): string {
  const declared = tools.map((tool) => `<|tool>declaration:${pythonJson(tool)}<tool|>`).join('')
  return `<|turn>system\n${thinking ? '<|think|>' : ''}${declared}<turn|>\n`
}

function renderTurn(turn: Turn): string {
  const role = turn.role === 'assistant' ? 'model' : turn.role
  const media = '<|image|>'.repeat(turn.images) + '<|audio|>'.repeat(turn.audios)
  const calls = turn.toolCalls.map((call) => `<|tool_call>call:${call.name}${call.arguments}<tool_call|>`).join('')
  return `<|turn>${role}\n${media}${turn.text}${calls}<turn|>\n`
}
