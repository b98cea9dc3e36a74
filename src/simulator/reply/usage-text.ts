import type { ChatJob } from './chat-job.ts'

/** What has been generated, of one choice or of all. */
export interface Generated {
  readonly tokenCount: number
  readonly reasoningTokens: number
}

/** The usage of a whole reply, nulls included. */
export function wholeUsage(job: ChatJob, generated: Generated): object {
  const details = promptDetails(job)
  return {
    ...counts(job, generated),
    prompt_tokens_details: details && { ...details, multimodal_tokens: details.multimodal_tokens ?? null },
    completion_tokens_details: completionDetails(job, generated),
  }
}

/** The usage of a stream's last event, without nulls. */
export function finalUsage(job: ChatJob, generated: Generated): object {
  const details = promptDetails(job)
  const { created_cache_tokens: _, ...streamed } = details ?? { created_cache_tokens: 0 }
  const completion = completionDetails(job, generated)
  return {
    ...counts(job, generated),
    ...(details !== null && { prompt_tokens_details: streamed }),
    ...(completion !== null && { completion_tokens_details: completion }),
  }
}

/** The usage of every event with `continuous_usage_stats`: of the event's own choice alone. */
export function continuousUsage(job: ChatJob, generated: Generated): string {
  const { count } = job.prompt
  const { tokenCount, reasoningTokens } = generated
  const details = job.options.reasoningParser ? `{"reasoning_tokens":${reasoningTokens}}` : 'null'
  return `{"prompt_tokens":${count},"total_tokens":${count + tokenCount},"completion_tokens":${tokenCount},"completion_tokens_details":${details}}`
}

export function sumGenerated(generations: readonly Generated[]): Generated {
  return {
    tokenCount: generations.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
    reasoningTokens: generations.reduce((sum, { reasoningTokens }) => sum + reasoningTokens, 0),
  }
}

function counts({ prompt }: ChatJob, { tokenCount }: Generated): object {
  return {
    prompt_tokens: prompt.count,
    total_tokens: prompt.count + tokenCount,
    completion_tokens: tokenCount,
  }
}

interface PromptDetails {
  readonly cached_tokens: number
  readonly created_cache_tokens: number
  readonly multimodal_tokens?: ChatJob['prompt']['mediaTokens']
}

function promptDetails({ prompt, cachedTokens, options }: ChatJob): PromptDetails | null {
  if (!options.cachedTokens) return null
  const media = Object.keys(prompt.mediaTokens).length > 0 ? { multimodal_tokens: prompt.mediaTokens } : {}
  return { cached_tokens: cachedTokens, created_cache_tokens: 0, ...media }
}

function completionDetails({ options }: ChatJob, { reasoningTokens }: Generated): object | null {
  return options.reasoningParser ? { reasoning_tokens: reasoningTokens } : null
}
