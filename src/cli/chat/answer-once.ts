import type { Answer } from '../../client/answer.ts'
import { printJson } from '../output.ts'
import type { Screen } from './screen.ts'
import { say, type Talk } from './talk.ts'

export interface OnePrompt {
  readonly talk: Talk
  readonly prompt: string
  readonly asJson: boolean
  readonly screen: Screen
}

/** Throws ClientError. */
export async function answerOnce({ talk, prompt, asJson, screen }: OnePrompt): Promise<void> {
  const controller = new AbortController()
  // Such as `| head`: nobody reads on, so that the model need not speak on.
  process.stdout.on('error', () => controller.abort())
  const show = asJson ? () => undefined : screen.show
  const answer = await say(talk, prompt, { signal: controller.signal, hear: show }).finally(screen.endLine)
  if (asJson) printJson(asReport(answer, talk))
  else screen.end(answer, talk.model)
}

function asReport({ text, thinking, finish, usage, ...times }: Answer, { dialect, model }: Talk): unknown {
  return {
    dialect,
    model,
    text,
    thinking: thinking === '' ? null : thinking,
    finish,
    usage: {
      prompt_tokens: usage.prompt ?? null,
      cached_tokens: usage.cached ?? null,
      output_tokens: usage.output ?? null,
      thinking_tokens: usage.thinking ?? null,
    },
    first_token_ms: rounded(times.firstMs),
    total_ms: rounded(times.totalMs),
    tokens_per_second: rounded(times.tokensPerSecond),
  }
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10
}
