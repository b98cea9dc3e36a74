import type { ChatEvent, TokenUsage } from '../chat/chat-event.ts'
import { GatewayError } from '../chat/gateway-error.ts'
import { type ChoiceDecoder, type ChoiceDecoderOptions, createChoiceDecoder } from './decode-choice.ts'
import type { VllmChunk, VllmUsage } from './vllm-chunk.ts'
import { failureOfVllmError } from './vllm-failure.ts'

export interface ChunkDecoder {
  /** Appends the events of one chunk. Throws GatewayError where vLLM tells of a failure inside its 200. */
  decode(chunk: VllmChunk, events: ChatEvent[]): void
  /** Appends the events that end a reply. Throws `upstream-failed` unless every choice had its finish. */
  end(events: ChatEvent[]): void
  /** True once every choice has had its finish: nothing of the answer is missing. */
  isFinished(): boolean
  /** The newest cumulative count. */
  usage(): TokenUsage
}

/** What holds for each choice, and how many were asked for. */
export interface ChunkDecoderOptions extends ChoiceDecoderOptions {
  readonly choices: number
}

export const noUsage: TokenUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 }

/**
 * Turns vLLM's chunks into clean events, once for all dialects: mixed deltas are split, missing arguments added, blocks
 * never overlap, and the finish says what really ended the choice.
 */
export function createChunkDecoder(options: ChunkDecoderOptions): ChunkDecoder {
  const choices: ChoiceDecoder[] = []
  const tally = createUsageTally(options.choices)
  let started = false
  let usage = noUsage

  function choiceAt(index: number): ChoiceDecoder {
    const known = choices[index]
    if (known !== undefined) return known
    if (index < 0 || index >= options.choices) throw nonsense('a choice that was not asked for')
    const choice = createChoiceDecoder(index, options)
    choices[index] = choice
    return choice
  }

  function isFinished(): boolean {
    for (let index = 0; index < options.choices; index++) {
      if (choices[index]?.isFinished() !== true) return false
    }
    return true
  }

  return {
    decode(chunk, events) {
      if (chunk.error != null) throw failureOfVllmError(chunk.error)
      if (chunk.usage != null) usage = tally.add(chunk.usage, chunk.choices ?? [])
      if (!started) {
        started = true
        events.push(startOf(chunk, usage))
      }
      for (const choice of chunk.choices ?? []) choiceAt(choice.index).decode(choice, events, chunk)
    },
    end(events) {
      if (!isFinished()) throw nonsense('an answer without an end')
      events.push({ type: 'usage', usage })
    },
    isFinished,
    usage: () => usage,
  }
}

function startOf({ created, usage }: VllmChunk, { promptTokens, cachedTokens }: TokenUsage): ChatEvent {
  const start = { type: 'start', created: created ?? 0 } as const
  return usage == null ? start : { ...start, promptTokens, cachedTokens }
}

/** What vLLM answered makes no sense; `what` completes the sentence. */
export function nonsense(what: string, cause?: unknown): GatewayError {
  return new GatewayError('upstream-failed', `The model server sent ${what}.`, { cause })
}

/** With several choices, a chunk's running count is of its own choice alone; only the last count is of all. */
function createUsageTally(choicesAsked: number): {
  add(usage: VllmUsage, choices: readonly { index: number }[]): TokenUsage
} {
  const byChoice = new Map<number, number>()
  return {
    add(wire, choices) {
      const usage = decodeUsage(wire)
      const [only] = choices
      if (only === undefined || choicesAsked === 1) return usage
      byChoice.set(only.index, usage.completionTokens)
      if (byChoice.size === 1) return usage
      return { ...usage, completionTokens: byChoice.values().reduce((sum, tokens) => sum + tokens, 0) }
    },
  }
}

function decodeUsage(usage: VllmUsage): TokenUsage {
  return {
    promptTokens: usage.prompt_tokens ?? 0,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    completionTokens: usage.completion_tokens ?? 0,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  }
}
