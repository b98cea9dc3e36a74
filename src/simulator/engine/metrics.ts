import type { FinishReason } from '../reply/generation.ts'
import { pythonFloat } from '../request/python-text.ts'
import type { SimulatorOptions } from '../simulator-options.ts'
import type { Engine } from './engine.ts'
import { createHistogram, type Histogram } from './histogram.ts'
import type { PrefixCache } from './prefix-cache.ts'

/** One generation that has ended; times are from `performance.now()`. */
interface EndedRequest {
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly generatedTokens: number
  readonly reasons: readonly FinishReason[]
  readonly arrivedAt: number
  readonly startedAt: number
  readonly firstTokenAt: number
  readonly endedAt: number
}

/** What `/metrics` counts. */
export interface Metrics {
  /** Counts the tokens of a reply while they come, until what is returned is called. */
  follow(generated: () => number): () => void
  note(ended: EndedRequest): void
  /** Prometheus' text format. */
  text(): string
}

const finishedReasons = ['stop', 'length', 'abort', 'error', 'repetition'] as const
const sleepStates = ['awake', 'weights_offloaded', 'discard_all'] as const

export function createMetrics(
  engine: Engine,
  prefixCache: PrefixCache,
  { model, maxNumSeqs }: SimulatorOptions,
): Metrics {
  const labels = `engine="0",model_name=${JSON.stringify(model)}`
  const startedAtSeconds = Date.now() / 1000
  const totals = { prompt: 0, cached: 0, generated: 0 }
  const finished = new Map<string, number>(finishedReasons.map((reason) => [reason, 0]))
  const times = createTimes()

  /** Of replies on their way; a counter never goes back, whatever becomes of them. */
  const underWay = new Set<() => number>()
  let generatedMax = 0

  function generatedNow(): number {
    const all = [...underWay].reduce((sum, generated) => sum + generated(), totals.generated)
    generatedMax = Math.max(generatedMax, all)
    return generatedMax
  }

  return {
    follow(generated) {
      underWay.add(generated)
      return () => void underWay.delete(generated)
    },
    note(ended) {
      totals.prompt += ended.promptTokens
      totals.cached += ended.cachedTokens
      totals.generated += ended.generatedTokens
      for (const reason of ended.reasons) {
        // The engine knows of no tools: a call is a stop.
        const counted = reason === 'tool_calls' ? 'stop' : reason
        finished.set(counted, (finished.get(counted) ?? 0) + 1)
      }
      observeTimes(times, ended)
    },
    text() {
      const states = sleepStates.map(
        (state, level) => [`sleep_state="${state}"`, engine.sleepLevel === level ? 1 : 0] as const,
      )
      const reasons = [...finished].map(([reason, count]) => [`finished_reason="${reason}"`, count] as const)
      return [
        family('gauge', 'num_requests_running', labels, [['', engine.running]]),
        family('gauge', 'num_requests_waiting', labels, [['', engine.waiting]]),
        family('gauge', 'kv_cache_usage_perc', labels, [['', engine.running / maxNumSeqs]]),
        family('gauge', 'engine_sleep_state', labels, states),
        family('counter', 'prompt_tokens_total', labels, [['', totals.prompt]]),
        family('counter', 'prompt_tokens_cached_total', labels, [['', totals.cached]]),
        family('counter', 'generation_tokens_total', labels, [['', generatedNow()]]),
        family('counter', 'request_success_total', labels, reasons),
        family('counter', 'prefix_cache_queries_total', labels, [['', prefixCache.queries]]),
        family('counter', 'prefix_cache_hits_total', labels, [['', prefixCache.hits]]),
        ...Object.entries(times).map(([name, histogram]) => histogram.text(`vllm:${name}_seconds`, labels)),
        `# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.\n# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${startedAtSeconds}\n`,
      ].join('')
    },
  }
}

type Times = Readonly<Record<keyof ReturnType<typeof createTimes>, Histogram>>

function createTimes() {
  return {
    time_to_first_token: createHistogram(),
    inter_token_latency: createHistogram(),
    e2e_request_latency: createHistogram(),
    request_queue_time: createHistogram(),
    request_prefill_time: createHistogram(),
    request_decode_time: createHistogram(),
  }
}

function observeTimes(times: Times, ended: EndedRequest): void {
  const { arrivedAt, startedAt, firstTokenAt, endedAt, generatedTokens } = ended
  times.e2e_request_latency.observe((endedAt - arrivedAt) / 1000)
  times.request_queue_time.observe((startedAt - arrivedAt) / 1000)
  if (generatedTokens === 0) return
  times.time_to_first_token.observe((firstTokenAt - arrivedAt) / 1000)
  times.request_prefill_time.observe((firstTokenAt - startedAt) / 1000)
  times.request_decode_time.observe((endedAt - firstTokenAt) / 1000)
  if (generatedTokens > 1) times.inter_token_latency.observe((endedAt - firstTokenAt) / 1000 / (generatedTokens - 1))
}

function family(type: string, name: string, labels: string, samples: readonly (readonly [string, number])[]): string {
  const lines = samples.map(([label, value]) => {
    return `vllm:${name}{${label === '' ? labels : `${labels},${label}`}} ${pythonFloat(value)}\n`
  })
  const described = name.replace(/_total$/, '')
  return `# HELP vllm:${name} Simulated: ${described.replaceAll('_', ' ')}.\n# TYPE vllm:${name} ${type}\n${lines.join('')}`
}
