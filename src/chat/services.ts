import type { ChatPolicy } from './chat-policy.ts'
import type { ChatRequest } from './chat-request.ts'
import { GatewayError } from './gateway-error.ts'
import type { ServeChat } from './serve-chat.ts'

/** A named model server with a URL prefix, a permission and limits. */
export interface Service {
  readonly name: string
  /** Other names that clients may ask for; `*` stands for any text. */
  readonly aliases: readonly string[]
  readonly policy: ChatPolicy
  readonly serveChat: ServeChat
  /** The tokens of a request's prompt: the model's own count, or an estimate where the model cannot be asked. */
  countTokens(request: ChatRequest, signal: AbortSignal): Promise<number>
  /** From memory; asks nobody. */
  status(): ServiceStatus
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

export interface Services {
  readonly all: readonly Service[]
  /** The service that a model's name means by itself: its name, its model or an alias. */
  find(model: string): Service | undefined
  /** The service for a request at the root. Throws `unknown-model` where the owner wants unknown names refused. */
  pick(model: string | undefined): Service
}

/** No name is longer; patterns with several stars take time that grows with a power of the length. */
const modelLengthMax = 256

/** `unknownModel: default` lets the first service answer for every name, because clients send anything. */
export function createServices(all: readonly Service[], unknownModel: 'default' | 'refuse'): Services {
  const [first] = all
  if (first === undefined) throw new Error('A gateway needs at least one service.')
  const aliases = all.flatMap((service) => service.aliases.map((alias) => ({ alias, service })))
  const byName = new Map([
    ...aliases.map(({ alias, service }) => [alias, service] as const),
    ...all.map((service) => [service.name, service] as const),
  ])
  const patterns = aliases
    .filter(({ alias }) => alias.includes('*'))
    .map(({ alias, service }) => ({ matches: compileAlias(alias), service }))

  function find(model: string): Service | undefined {
    if (model.length > modelLengthMax) return undefined
    return (
      byName.get(model) ??
      all.find((service) => service.status().model === model) ??
      patterns.find(({ matches }) => matches.test(model))?.service
    )
  }

  return {
    all,
    find,
    pick(model) {
      const found = model === undefined ? first : find(model)
      if (found !== undefined) return found
      if (unknownModel === 'default') return first
      throw unknownModelError(model ?? '')
    },
  }
}

export function unknownModelError(model: string): GatewayError {
  const shown = /^[\w./:@-]{1,64}$/.test(model) ? model : 'so named'
  return new GatewayError('unknown-model', `The model \`${shown}\` does not exist or you do not have access to it.`)
}

function compileAlias(alias: string): RegExp {
  const escaped = alias.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`)
}
