import { examineClock } from './examine-clock.ts'
import type { Finding } from './finding.ts'

interface Upstream {
  readonly service: string
  readonly url: string
  readonly apiKey: string | null
  readonly model: string | null
}

const answerMs = 5000

/** Asks a model server for its models, as the gateway does. */
export async function examineUpstream({ service, url, apiKey, model }: Upstream): Promise<readonly Finding[]> {
  const about = `model server of ${service}`
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }
  const signal = AbortSignal.timeout(answerMs)
  const response = await fetch(`${url.replace(/\/+$/, '')}/v1/models`, { headers, signal }).catch(() => undefined)
  if (response === undefined) {
    const fix = `Start vLLM there, or say where it is with the service's upstreams or GATEWAY_VLLM_URL.`
    return [{ about, state: 'bad', found: `${url} cannot be reached`, fix }]
  }
  const date = Date.parse(response.headers.get('date') ?? '')
  const clock = Number.isNaN(date) ? [] : [examineClock(`the ${about}`, date, Date.now())]
  const models = namesOf(await response.json().catch(() => undefined))
  return [judge({ about, url, status: response.status, models, model }), ...clock]
}

interface Answer {
  readonly about: string
  readonly url: string
  readonly status: number
  readonly models: readonly string[]
  readonly model: string | null
}

function judge({ about, url, status, models, model }: Answer): Finding {
  if (status === 401 || status === 403) {
    return {
      about,
      state: 'bad',
      found: `${url} refuses the key (${status})`,
      fix: "Set the service's apiKey to vLLM's --api-key.",
    }
  }
  const [first] = models
  if (status !== 200 || first === undefined) {
    return {
      about,
      state: 'bad',
      found: `${url} answers ${status}, and not as vLLM would`,
      fix: 'Point the service at vLLM.',
    }
  }
  if (model === null || models.includes(model))
    return { about, state: 'good', found: `${url} has ${models.join(', ')}` }
  const fix = `Set the service's model to ${first}, or have vLLM serve ${model} with --served-model-name.`
  return { about, state: 'bad', found: `${url} has ${models.join(', ')}, and not ${model}`, fix }
}

function namesOf(answer: unknown): string[] {
  const { data }: { readonly data?: unknown } = Object(answer)
  const names = Array.isArray(data) ? data.map((card: unknown) => Object(card).id) : []
  return names.filter((name) => typeof name === 'string')
}
