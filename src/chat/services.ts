import type { ChatPolicy } from './chat-policy.ts'
import type { CountTokens } from './count-tokens.ts'
import { GatewayError } from './gateway-error.ts'
import type { ServeChat } from './serve-chat.ts'
import type { Upstreams } from './upstreams.ts'

/** What a service's models do. */
export type ServiceKind = 'chat' | 'embeddings' | 'transcription'

/** A named model server with a URL prefix, a permission and limits. */
export interface Service {
  readonly kind: ServiceKind
  readonly name: string
  /** Other names that clients may ask for; `*` stands for any text. */
  readonly aliases: readonly string[]
  readonly upstreams: Upstreams
  /** From memory; asks nobody. */
  status(): ServiceStatus
}

export interface ChatService extends Service {
  readonly kind: 'chat'
  readonly policy: ChatPolicy
  readonly serveChat: ServeChat
  readonly countTokens: CountTokens
}

interface ServiceStatus {
  /** `failing`: is there, but its last answers all failed. */
  readonly upstream: 'waiting' | 'ready' | 'unreachable' | 'failing'
  /** The model's own name, once it is known. */
  readonly model: string | null
  /** In tokens. */
  readonly contextWindow: number | null
  readonly running: number
  readonly waiting: number
}

/** Services of the kinds that `Some` has. */
export interface Services<Some extends Service = Service> {
  readonly all: readonly Some[]
  /** The service that a model's name means by itself: its name, its model or an alias. */
  find(model: string): Some | undefined
  /**
   * The service of a kind for a request at the root. Throws `unknown-model` where the owner wants unknown names refused,
   * where the name is that of a service of another kind, and where there is none of this kind.
   */
  pick<Kind extends Some['kind']>(model: string | undefined, kind: Kind): ServiceOf<Some, Kind>
}

type ServiceOf<Some extends Service, Kind> = Extract<Some, { readonly kind: Kind }>

/** No name is longer; patterns with several stars take time that grows with a power of the length. */
const modelLengthMax = 256

const work = {
  chat: 'chats',
  embeddings: 'makes embeddings',
  transcription: 'transcribes audio',
} satisfies Record<ServiceKind, string>

/** `unknownModel: default` lets the first service of a kind answer for every name, because clients send anything. */
export function createServices<Some extends Service>(
  all: readonly Some[],
  unknownModel: 'default' | 'refuse',
): Services<Some> {
  if (all.length === 0) throw new Error('A gateway needs at least one service.')
  const find = createFind(all)
  const ofKind = Map.groupBy(all, ({ kind }) => kind)
  const findOfKind = new Map([...ofKind].map(([kind, some]) => [kind, createFind(some)] as const))

  function pickAny(model: string | undefined, kind: ServiceKind): Some {
    const [first] = ofKind.get(kind) ?? []
    if (first === undefined) throw new GatewayError('unknown-model', `No service of this gateway ${work[kind]}.`)
    if (model === undefined) return first
    const found = findOfKind.get(kind)?.(model)
    if (found !== undefined) return found
    const other = find(model)
    if (other !== undefined && [other.name, ...other.aliases].includes(model)) throw otherKind(other, kind)
    if (unknownModel === 'default') return first
    throw unknownModelError(model)
  }

  return {
    all,
    find,
    // What is picked is of that kind.
    pick: (model, kind) => pickAny(model, kind) as ServiceOf<Some, typeof kind>,
  }
}

function createFind<Some extends Service>(all: readonly Some[]): (model: string) => Some | undefined {
  const aliases = all.flatMap((service) => service.aliases.map((alias) => ({ alias, service })))
  const byName = new Map([
    ...aliases.map(({ alias, service }) => [alias, service] as const),
    ...all.map((service) => [service.name, service] as const),
  ])
  const patterns = aliases
    .filter(({ alias }) => alias.includes('*'))
    .map(({ alias, service }) => ({ matches: compileAlias(alias), service }))
  return (model) => {
    if (model.length > modelLengthMax) return undefined
    return (
      byName.get(model) ??
      all.find((service) => service.status().model === model) ??
      patterns.find(({ matches }) => matches.test(model))?.service
    )
  }
}

function otherKind({ name, kind }: Service, wanted: ServiceKind): GatewayError {
  return new GatewayError(
    'unknown-model',
    `The model \`${name}\` ${work[kind]}; one that ${work[wanted]} is wanted here.`,
  )
}

export function unknownModelError(model: string): GatewayError {
  const shown = /^[\w./:@-]{1,64}$/.test(model) ? model : 'so named'
  return new GatewayError('unknown-model', `The model \`${shown}\` does not exist or you do not have access to it.`)
}

function compileAlias(alias: string): RegExp {
  const escaped = alias.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`)
}
