import type { VllmServer } from './vllm-server.ts'

/** In bytes: what is looked for stands well before. */
const metricsMax = 1_048_576
const metricsMs = 5000
const tokenCounters = /^vllm:(?:prompt|generation)_tokens_total(?:\{[^}]*\})? (\S+)$/gm

/**
 * The tokens that a vLLM's engines have read and written since they began; undefined where it does not say, as one that
 * keeps no statistics or another server, and where that is none, because then nobody knows whether they are counted at all.
 */
export async function readProgress(server: VllmServer, signal: AbortSignal): Promise<number | undefined> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(metricsMs)])
    const answer = await server.ask({ method: 'GET', path: '/metrics' }, limited)
    const text = await answer.body.text(metricsMax)
    const tokens = [...text.matchAll(tokenCounters)].reduce((sum, [, count]) => sum + Number(count), 0)
    return answer.status === 200 && tokens > 0 ? tokens : undefined
  } catch {
    return undefined
  }
}
