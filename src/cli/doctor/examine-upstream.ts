import type { ServiceSettings } from '../../settings/settings.ts'
import { examineClock } from './examine-clock.ts'
import type { Finding } from './finding.ts'

export interface ExaminedUpstream {
  readonly service: string
  readonly kind: ServiceSettings['kind']
  readonly server: ServiceSettings['server']
  readonly url: string
  readonly apiKey: string | null
  readonly model: string | null
}

const answerMs = 5000

/** Asks a model server for its models, as the gateway does. */
export async function examineUpstream(upstream: ExaminedUpstream): Promise<readonly Finding[]> {
  const { service, url, model } = upstream
  const about = `model server of ${service}`
  const response = await ask(upstream, '/v1/models')
  if (response === undefined) {
    const fix = "Start it there, or say where it is with the service's upstreams or GATEWAY_VLLM_URL."
    return [{ about, state: 'bad', found: `${url} cannot be reached`, fix }]
  }
  const date = Date.parse(response.headers.get('date') ?? '')
  const clock = Number.isNaN(date) ? [] : [examineClock(`the ${about}`, date, Date.now())]
  const { status } = response
  const models = namesOf(await response.json().catch(() => undefined))
  if (mayBeWhisper(upstream, status)) return [judgeWhisper(about, url, await isWhisper(upstream)), ...clock]
  return [judge({ about, url, status, models, model }), ...clock]
}

async function ask(
  { url, apiKey }: Pick<ExaminedUpstream, 'url' | 'apiKey'>,
  path: string,
): Promise<Response | undefined> {
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }
  const signal = AbortSignal.timeout(answerMs)
  return fetch(url.replace(/\/+$/, '') + path, { headers, signal }).catch(() => undefined)
}

/** whisper.cpp lists no models. */
function mayBeWhisper({ kind, server }: ExaminedUpstream, status: number): boolean {
  return server === 'whisper.cpp' || (kind === 'transcription' && server === 'auto' && status === 404)
}

/** Its health is JSON; asleep it has none, and transcribes nevertheless. */
async function isWhisper(upstream: ExaminedUpstream): Promise<boolean> {
  const response = await ask(upstream, '/health')
  const text = (await response?.text().catch(() => '')) ?? ''
  return text.startsWith('{"status":') || text.startsWith('File Not Found')
}

function judgeWhisper(about: string, url: string, isThere: boolean): Finding {
  if (isThere) return { about, state: 'good', found: `${url} is whisper.cpp` }
  return {
    about,
    state: 'bad',
    found: `${url} is not whisper.cpp`,
    fix: 'Point the service at whisper.cpp, or at vLLM.',
  }
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
      fix: "Set the service's apiKey to the server's --api-key.",
    }
  }
  const [first] = models
  if (status !== 200 || first === undefined) {
    return {
      about,
      state: 'bad',
      found: `${url} answers ${status}, and not as a model server would`,
      fix: 'Point the service at its model server.',
    }
  }
  if (model === null || models.includes(model))
    return { about, state: 'good', found: `${url} has ${models.join(', ')}` }
  const fix = `Set the service's model to ${first}, or have the server call it ${model} (vLLM: --served-model-name).`
  return { about, state: 'bad', found: `${url} has ${models.join(', ')}, and not ${model}`, fix }
}

function namesOf(answer: unknown): string[] {
  const { data }: { readonly data?: unknown } = Object(answer)
  const names = Array.isArray(data) ? data.map((card: unknown) => Object(card).id) : []
  return names.filter((name) => typeof name === 'string')
}
