import type { UpstreamCondition, UpstreamStatus } from '../../chat/upstreams.ts'
import type { VllmAnswer, VllmAsk, VllmServer } from '../vllm-server.ts'
import { createEjection, type EjectionParts, type ServerWord } from './ejection.ts'
import { hashOf } from './pick-server.ts'

/** What a look in the background found. */
type Seen = 'reachable' | 'unreachable'

/** One of a service's servers, with what is known of its health. */
export interface ModelServer {
  /** The server by itself: asks that go there directly count for nothing. */
  readonly server: VllmServer
  /** Its place among the servers for each conversation. */
  readonly hash: number
  readonly outstanding: number
  /** How many requests it got so far. */
  readonly asked: number
  /** Whether requests may go there; the second kind only where there is none of the first. */
  readonly use: 'first' | 'if-need-be' | 'never'
  readonly status: UpstreamStatus
  draining: boolean
  /** Runs a model that is not the service's. */
  otherModel: boolean
  /** Asks, and counts how it ends. */
  ask(ask: VllmAsk, signal: AbortSignal): Promise<VllmAnswer>
  /** Told when the server is ejected; for whoever looks after it. */
  onEjected: (() => void) | undefined
  /** Told when nobody is there to connect to. */
  onRefused: (() => void) | undefined
  /** Notes what a look found. */
  see(seen: Seen): void
}

export function createModelServer(server: VllmServer, parts: EjectionParts): ModelServer {
  const ejection = createEjection({
    ...parts,
    onChange(forMs) {
      parts.onChange(forMs)
      if (forMs !== undefined) self.onEjected?.()
    },
  })
  let asked = 0
  let seen: Seen | undefined
  let hasAnswered = false
  const tell = (word: ServerWord) => {
    ejection.note(word)
    if (word === 'refused') self.onRefused?.()
  }
  const tellFailure = (word: ServerWord) => tell(word === 'begun' || word === 'sound' ? 'nothing' : word)

  function condition(): UpstreamCondition {
    if (self.draining) return 'draining'
    if (self.otherModel && seen === 'reachable') return 'other-model'
    if (ejection.standing !== 'in') return 'ejected'
    if (seen === 'reachable') return 'ready'
    return hasAnswered ? 'unreachable' : 'waiting'
  }

  function use(): ModelServer['use'] {
    if (self.draining || self.otherModel) return 'never'
    return seen === 'unreachable' || ejection.standing === 'out' ? 'if-need-be' : 'first'
  }

  const self: ModelServer = {
    server,
    hash: hashOf(server.url),
    get outstanding() {
      return server.outstanding
    },
    get asked() {
      return asked
    },
    get use() {
      return use()
    },
    get status() {
      return {
        url: server.url,
        state: condition(),
        outstanding: server.outstanding,
        failures: ejection.failures,
      }
    },
    draining: false,
    otherModel: false,
    onEjected: undefined,
    onRefused: undefined,
    ask(ask, signal) {
      asked++
      ejection.enter()
      return server.ask(ask, signal, ask.withoutModel === true ? tellFailure : tell)
    },
    see(found) {
      const isBack = found === 'reachable' && seen === 'unreachable'
      seen = found
      hasAnswered ||= found === 'reachable'
      if (isBack) ejection.noteReachable()
    },
  }
  return self
}
