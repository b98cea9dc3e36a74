import type { KeyAdmin, Page } from '../../chat/key-admin.ts'
import type { AuditRecord, MadeKey, ShownKey } from '../../chat/key-shapes.ts'
import { CliError } from '../output.ts'

interface RemoteAccess {
  /** Where the gateway listens; `/v1` at its end does no harm. */
  readonly url: string
  readonly key: string
}

/** Keys at a gateway that runs somewhere, through its admin API. Throws CliError. */
export function createRemoteKeys(access: RemoteAccess): KeyAdmin {
  const keys = '/admin/v1/keys'
  // The gateway's own answers are taken at their word: they are ours.
  const must = async <Answer>(call: Call) => (await request(access, call)) as Answer
  const may = async <Answer>(call: Call) =>
    (await request(access, { ...call, mayBeMissing: true })) as Answer | undefined
  const one = (id: string) => `${keys}/${encodeURIComponent(id)}`
  return {
    create: (draft) => must<MadeKey>({ method: 'POST', path: keys, body: draft }),
    list: (query) => must<Page<ShownKey>>({ method: 'GET', path: `${keys}?${queryText(query)}` }),
    show: (id) => may<ShownKey>({ method: 'GET', path: one(id) }),
    update: (id, change) => may<ShownKey>({ method: 'PATCH', path: one(id), body: change }),
    rotate: (id, rotation) => may<MadeKey>({ method: 'POST', path: `${one(id)}/rotate`, body: rotation }),
    revoke: (id) => may<ShownKey>({ method: 'DELETE', path: one(id) }),
    audit: (query) => must<Page<AuditRecord>>({ method: 'GET', path: `/admin/v1/audit?${queryText(query)}` }),
  }
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** A 404 is an answer, and nothing is what it says. */
  readonly mayBeMissing?: boolean
}

const answerMs = 30_000

async function request({ url, key }: RemoteAccess, { method, path, body, mayBeMissing }: Call): Promise<unknown> {
  const base = url.replace(/\/+(v1\/*)?$/, '')
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const signal = AbortSignal.timeout(answerMs)
  const response = await fetch(base + path, { method, headers, signal, ...sent }).catch(() => {
    throw new CliError(`The gateway cannot be reached at ${base}.`)
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok && answer !== undefined) return answer
  if (response.status === 404 && mayBeMissing === true && codeOf(answer) === 'not_found') return undefined
  throw new CliError(messageOf(answer) ?? `${base} answers ${response.status}, and not as a gateway would.`)
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
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
}
