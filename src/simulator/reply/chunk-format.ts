import type { ChatJob } from './chat-job.ts'
import { finishReason } from './finish-reason.ts'
import type { Delta, Finish, Step } from './generation.ts'
import { logprobsOf } from './logprobs.ts'
import { systemFingerprint } from './system-fingerprint.ts'
import { continuousUsage, finalUsage, type Generated } from './usage-text.ts'

/** The events of one stream as vLLM writes them: these keys, these nulls, this order. */
export interface ChunkFormat {
  /** The first event of a choice. */
  opening(choice: number): string
  /** `generated` is what the choice has generated so far, this step included. */
  step(choice: number, step: Step, generated: Generated): string
  finish(choice: number, step: Step, ended: { readonly generated: Generated; readonly finish: Finish }): string
  /** The event without choices; undefined where the client did not ask for usage. */
  usage(generated: Generated): string | undefined
}

export function createChunkFormat(job: ChatJob): ChunkFormat {
  const { body, options } = job
  const identity = JSON.stringify({
    id: job.id,
    object: 'chat.completion.chunk',
    created: job.created,
    model: options.model,
  })
  const head = `data: ${identity.slice(0, -1)},"choices":[`
  const includeUsage = Boolean(body.stream_options?.['include_usage'])
  const continuous = includeUsage && Boolean(body.stream_options?.['continuous_usage_stats'])
  const fingerprint = `"system_fingerprint":${JSON.stringify(systemFingerprint(options))}`

  function usageOf(generated: Generated): string {
    return continuous ? `,"usage":${continuousUsage(job, generated)}` : ''
  }

  function choiceOf(choice: number, { delta, tokens }: Step): string {
    const logprobs = body.logprobs ? JSON.stringify(logprobsOf(tokens, body.top_logprobs ?? 0)) : 'null'
    return `${head}{"index":${choice},"delta":${deltaText(delta, body.parallel_tool_calls === false)},"logprobs":${logprobs},"finish_reason":`
  }

  return {
    opening(choice) {
      const usage = usageOf({ tokenCount: 0, reasoningTokens: 0 })
      return `${head}{"index":${choice},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${usage},"prompt_token_ids":null,"prompt_text":null}\n\n`
    },
    step(choice, step, generated) {
      return `${choiceOf(choice, step)}null,"token_ids":null}]${usageOf(generated)}}\n\n`
    },
    finish(choice, step, { generated, finish }) {
      const reason = `"${finishReason(body, finish, true)}","stop_reason":${JSON.stringify(finish.stopReason)}`
      const mark = includeUsage ? '' : `,${fingerprint}`
      return `${choiceOf(choice, step)}${reason},"token_ids":null}]${usageOf(generated)}${mark}}\n\n`
    },
    usage(generated) {
      if (!includeUsage) return undefined
      return `${head}],"usage":${JSON.stringify(finalUsage(job, generated))},${fingerprint}}\n\n`
    },
  }
}

/** With `parallel_tool_calls: false` later calls are cut out of the deltas; the emptied events are sent all the same. */
function deltaText(delta: Delta, firstCallOnly: boolean): string {
  if (!firstCallOnly || delta.tool_calls === undefined) return JSON.stringify(delta)
  const { tool_calls: calls, ...rest } = delta
  const kept = calls.filter((call) => call.index === 0)
  return JSON.stringify(kept.length > 0 ? { ...rest, tool_calls: kept } : rest)
}
