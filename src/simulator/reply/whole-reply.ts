import type { ChatJob } from './chat-job.ts'
import { finishReason } from './finish-reason.ts'
import type { Generation } from './generation.ts'
import { logprobsOf } from './logprobs.ts'
import { systemFingerprint } from './system-fingerprint.ts'
import { sumGenerated, wholeUsage } from './usage-text.ts'

/** The reply in one piece, with every null that vLLM sends. */
export function wholeReply(job: ChatJob, generations: readonly Generation[]): string {
  return JSON.stringify({
    id: job.id,
    object: 'chat.completion',
    created: job.created,
    model: job.options.model,
    choices: generations.map((generation, index) => choiceOf(job, generation, index)),
    service_tier: null,
    system_fingerprint: systemFingerprint(job.options),
    usage: wholeUsage(job, sumGenerated(generations)),
    prompt_logprobs: null,
    prompt_token_ids: null,
    prompt_text: null,
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics: null,
  })
}

function choiceOf(job: ChatJob, generation: Generation, index: number): object {
  const tokens = generation.steps.flatMap((step) => step.tokens)
  return {
    index,
    message: messageOf(job, generation),
    logprobs: job.body.logprobs ? logprobsOf(tokens, job.body.top_logprobs ?? 0) : null,
    finish_reason: finishReason(job.body, generation.finish, false),
    stop_reason: generation.finish.stopReason,
    token_ids: null,
    routed_experts: null,
  }
}

interface Call {
  readonly id: string
  readonly name: string
  arguments: string
}

function messageOf({ body }: ChatJob, { steps }: Generation): object {
  let content = ''
  let reasoning = ''
  const calls: Call[] = []
  for (const { delta } of steps) {
    content += delta.content ?? ''
    reasoning += delta.reasoning ?? ''
    for (const { id = '', index, function: called } of delta.tool_calls ?? []) {
      const call = calls[index] ?? { id, name: called.name ?? '', arguments: '' }
      call.arguments += called.arguments ?? ''
      calls[index] = call
    }
  }
  const forced = body.tool_choice === 'required' || body.tool_choice === 'named'
  const kept = body.parallel_tool_calls === false ? calls.slice(0, 1) : calls
  const toolCalls = kept.map(({ id, ...called }) => ({ id, type: 'function', function: called }))
  return {
    role: 'assistant',
    content: content === '' && !forced ? null : content,
    refusal: null,
    annotations: null,
    audio: null,
    function_call: null,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    reasoning: reasoning === '' ? null : reasoning,
  }
}
