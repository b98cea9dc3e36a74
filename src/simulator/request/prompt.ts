import type { Turn } from './conversation.ts'
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
  /** What the prefix cache would hold had the conversation so far been seen: whole blocks of 16. */
  readonly cached: number
}

export interface PromptParts {
  readonly turns: readonly Turn[]
  /** Declarations as they were sent. */
  readonly tools: readonly Json[]
  readonly thinking: boolean
  readonly generationPrompt: boolean
}

const imageTokens = 282
const cacheBlock = 16

export function renderPrompt({ turns, tools, thinking, generationPrompt }: PromptParts): Prompt {
  const preamble = thinking || tools.length > 0 ? renderPreamble(tools, thinking) : ''
  const before = `<bos>${preamble}${turns.slice(0, -1).map(renderTurn).join('')}`
  const last = `${turns.slice(-1).map(renderTurn).join('')}${generationPrompt ? '<|turn>model\n' : ''}`
  // Turns begin with a control token, so that the two halves have the tokens of the whole.
  const seen = tokenize(before)
  const tokens = [...seen, ...tokenize(last)]
  const images = turns.reduce((sum, turn) => sum + turn.images, 0)
  const audios = turns.reduce((sum, turn) => sum + turn.audios, 0)
  const audioTokens = turns.reduce((sum, turn) => sum + turn.audioTokens, 0)
  return {
    length: before.length + last.length,
    tokens,
    mediaTokens: {
      ...(images > 0 && { image: images * imageTokens }),
      ...(audios > 0 && { audio: audioTokens }),
    },
    count: tokens.length + images * (imageTokens - 1) + audioTokens - audios,
    cached: turns.length > 1 ? seen.length - (seen.length % cacheBlock) : 0,
  }
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
