import { GatewayError } from '../chat/gateway-error.ts'
import type { ModelServer } from './balance/model-server.ts'
import { MissingRoute } from './missing-route.ts'
import type { VllmServer } from './vllm-server.ts'

/** `waiting`: none has answered since the start. `unreachable`: one did, but none does now. */
export type UpstreamState = 'waiting' | 'ready' | 'unreachable'

export interface ServerLooksOptions {
  readonly servers: readonly ModelServer[]
  /** Asks one server whether and what it is, and keeps what it says; throws where it does not say. */
  look(server: VllmServer, signal: AbortSignal): Promise<unknown>
  /** Told of every change of state, and once of the first wait, for the log. */
  onChange(state: UpstreamState, cause: unknown): void
}

/**
 * Looks at each server in the background, so that no request meets one that is known to be away, and none waits to be
 * told what is known.
 */
export interface ServerLooks {
  readonly state: UpstreamState
  /** Looks at all servers now; resolves as soon as one has answered. Throws `upstream-unavailable` where none does. */
  now(): Promise<void>
  start(): void
  stop(): void
}

const refreshMs = 10_000
const retryMs = 1000
const lookMs = 5000

export function createServerLooks({ servers, look, onChange }: ServerLooksOptions): ServerLooks {
  const stopping = new AbortController()
  const timers = new Map<ModelServer, NodeJS.Timeout>()
  const reachable = new Set<ModelServer>()
  const looking = new Map<ModelServer, Promise<void>>()
  let state: UpstreamState = 'waiting'
  let told: UpstreamState | undefined

  function become(next: UpstreamState, cause?: unknown): void {
    state = next
    if (next === told) return
    told = next
    onChange(next, cause)
  }

  function noteAway(server: ModelServer, thrown: unknown): void {
    if (stopping.signal.aborted) return
    server.see('unreachable')
    reachable.delete(server)
    if (reachable.size === 0) become(state === 'waiting' ? 'waiting' : 'unreachable', thrown)
  }

  async function lookAt(server: ModelServer): Promise<void> {
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(lookMs)])
      await look(server.server, signal)
      reachable.add(server)
      server.see('reachable')
      become('ready')
    } catch (thrown) {
      noteAway(server, thrown)
      throw thrown
    } finally {
      looking.delete(server)
    }
  }

  /** All who want to look at the same time look together. */
  function lookOnce(server: ModelServer): Promise<void> {
    const before = looking.get(server)
    if (before !== undefined) return before
    const begun = lookAt(server)
    looking.set(server, begun)
    return begun
  }

  async function watch(server: ModelServer): Promise<void> {
    timers.delete(server)
    await lookOnce(server).catch(() => undefined)
    if (stopping.signal.aborted) return
    const timer = setTimeout(() => void watch(server), reachable.has(server) ? refreshMs : retryMs)
    timer.unref()
    timers.set(server, timer)
  }

  /** Whether a server that is ejected can be reached at all is found out soon, and then how soon it can be again. */
  function hurry(server: ModelServer): void {
    const timer = timers.get(server)
    if (timer === undefined) return
    clearTimeout(timer)
    void watch(server)
  }

  /** Nobody listens there: that is known at once, and whether it is over soon. */
  function noteRefused(server: ModelServer): void {
    if (!reachable.has(server)) return
    noteAway(server, new Error('the connection was refused'))
    hurry(server)
  }

  return {
    get state() {
      return state
    },
    now() {
      return Promise.any(servers.map(lookOnce)).catch((thrown: AggregateError) => {
        const last: unknown = thrown.errors.at(-1)
        throw last instanceof MissingRoute ? last : notReady(last)
      })
    },
    start() {
      for (const server of servers) {
        server.onEjected = () => hurry(server)
        server.onRefused = () => noteRefused(server)
        void watch(server)
      }
    },
    stop() {
      stopping.abort()
      for (const server of servers) server.onEjected = server.onRefused = undefined
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

export function notReady(cause: unknown): GatewayError {
  const message = 'The model server is not ready yet.'
  return new GatewayError('upstream-unavailable', message, { cause, retryAfterSeconds: 2 })
}
