import { connectionFailure } from '../../client/connection-failure.ts'
import { CliError } from '../output.ts'

export interface ApiAccess {
  /** Where the gateway listens; `/v1` at its end does no harm. */
  readonly url: string
  readonly key: string
}

interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** What is undefined is not sent. */
  readonly query?: object
  readonly body?: unknown
}

/** The API of a gateway that runs somewhere. Its answers are taken at their word: they are ours. Throws CliError. */
export interface GatewayApi {
  must<Answer>(call: ApiCall): Promise<Answer>
  /** Undefined where the gateway says that there is no such thing. */
  may<Answer>(call: ApiCall): Promise<Answer | undefined>
}

export function createGatewayApi({ url, key }: ApiAccess): GatewayApi {
  const base = url.replace(/\/+(v1\/*)?$/, '')
  return {
    async must<Answer>(call: ApiCall) {
      const { response, answer } = await send({ base, key }, call)
      if (response.ok && answer !== undefined) return answer as Answer
      throw refusal(base, response, answer)
    },
    async may<Answer>(call: ApiCall) {
      const { response, answer } = await send({ base, key }, call)
      if (response.ok && answer !== undefined) return answer as Answer
      if (response.status === 404 && codeOf(answer) === 'not_found') return undefined
      throw refusal(base, response, answer)
    },
  }
}

const answerMs = 30_000

async function send(
  { base, key }: { readonly base: string; readonly key: string },
  { method, path, query = {}, body }: ApiCall,
): Promise<{ response: Response; answer: unknown }> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const signal = AbortSignal.timeout(answerMs)
  const response = await fetch(base + path + queryText(query), { method, headers, signal, ...sent }).catch(
    (thrown: unknown) => {
      throw unreachable(base, thrown)
    },
  )
  return { response, answer: await response.json().catch(() => undefined) }
}

function unreachable(base: string, thrown: unknown): CliError {
  if (thrown instanceof Error && thrown.name === 'TimeoutError')
    return new CliError(`${base} has not answered for ${answerMs / 1000} seconds.`)
  return new CliError(connectionFailure(thrown, new URL(base)).message)
}

function refusal(base: string, { status }: Response, answer: unknown): CliError {
  // Every failure of ours has a word for its code; vLLM has a number there, or nothing.
  if (status === 404 && typeof codeOf(answer) !== 'string')
    return new CliError(`What answers at ${base} is no vllm-gateway: it knows no /admin/v1.`)
  return new CliError(messageOf(answer) ?? `${base} answers ${status}, and not as a gateway would.`)
}

interface ErrorFields {
  readonly error?: { readonly message?: unknown; readonly code?: unknown }
}

function codeOf(answer: unknown): unknown {
  const { error }: ErrorFields = Object(answer)
  return error?.code
}

function messageOf(answer: unknown): string | undefined {
  const { error }: ErrorFields = Object(answer)
  return typeof error?.message === 'string' ? error.message : undefined
}

function queryText(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
