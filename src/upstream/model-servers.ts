import { GatewayError } from '../chat/gateway-error.ts'
import type { DrainOrder, Upstreams } from '../chat/upstreams.ts'
import type { ServerWord } from './balance/ejection.ts'
import { createModelServer, type ModelServer } from './balance/model-server.ts'
import { type PickServer, pickByPrefix, pickLeastBusy } from './balance/pick-server.ts'
import { createVllmServer, isRepeatable, type VllmAnswer, type VllmAsk } from './vllm-server.ts'

/** The model servers of one service. */
export interface ModelServers {
  /**
   * Asks one. Where it cannot be reached, breaks off before a byte of its answer, or answers 429 or 5xx, one other is
   * asked. Throws `upstream-unavailable` where neither answers, `overloaded` where all are drained, or the signal's reason.
   */
  ask(ask: VllmAsk, signal: AbortSignal): Promise<VllmAnswer>
  readonly all: readonly ModelServer[]
  readonly upstreams: Upstreams
  close(): Promise<void>
}

export interface ModelServersOptions {
  readonly urls: readonly string[]
  readonly apiKey: string | null
  readonly connectMs: number
  /** `prefix` where the caches of the servers depend on who is asked; or a rule of one's own. */
  readonly balance: 'prefix' | 'least-busy' | PickServer
  /** For the log: a server gets no requests for a while, or gets them again. */
  onEject?(ejected: { readonly url: string; readonly forMs: number | undefined }): void
  /** For the log: an administrator keeps requests from a server, or lets them come again. */
  onDrain?(order: DrainOrder): void
  /** Monotonic milliseconds. */
  now?(): number
  random?(): number
}

const rules = { prefix: pickByPrefix, 'least-busy': pickLeastBusy }
/** Where there is another to ask, nobody waits longer for a connection. */
const connectMaxMs = 1000

export function createModelServers(options: ModelServersOptions): ModelServers {
  const { urls, apiKey, balance } = options
  const connectMs = urls.length === 1 ? options.connectMs : Math.min(options.connectMs, connectMaxMs)
  const all = urls.map((url) =>
    createModelServer(createVllmServer({ url, apiKey, connectMs }), ejectionOf(url, options)),
  )
  const pick = typeof balance === 'function' ? balance : rules[balance]
  const [only] = all

  return {
    all,
    ask: all.length === 1 && only !== undefined ? askOnly(only) : askSeveral(all, pick),
    upstreams: {
      list: () => all.map(({ status }) => status),
      drain(order) {
        const found = all.find(({ server }) => server.url === order.url)
        if (found === undefined) return undefined
        found.draining = order.draining
        options.onDrain?.(order)
        return found.status
      },
    },
    async close() {
      await Promise.all(all.map(({ server }) => server.close()))
    },
  }
}

function ejectionOf(
  url: string,
  { now = () => performance.now(), random = Math.random, ...options }: ModelServersOptions,
) {
  return { now, random, onChange: (forMs: number | undefined) => options.onEject?.({ url, forMs }) }
}

/** Nothing is picked, counted or kept out where there is one alone; only that nobody listens there is worth a look. */
function askOnly(only: ModelServer): ModelServers['ask'] {
  const { server } = only
  const tell = (word: ServerWord) => {
    if (word === 'refused') only.onRefused?.()
  }
  return (ask, signal) => (only.draining ? Promise.reject(drained()) : server.ask(ask, signal, tell))
}

function askSeveral(all: readonly ModelServer[], pick: PickServer): ModelServers['ask'] {
  function pickBut(ask: VllmAsk, tried?: ModelServer): ModelServer | undefined {
    const usable = all.filter((server) => server !== tried && server.use !== 'never')
    const first = usable.filter(({ use }) => use === 'first')
    // None is certain to answer: then any of them is better than none.
    const servers = first.length > 0 ? first : usable
    return servers.length > 1 ? pick(servers, ask) : servers[0]
  }

  async function askOther(ask: VllmAsk, signal: AbortSignal, tried: ModelServer): Promise<VllmAnswer | undefined> {
    const other = isRepeatable(ask) ? pickBut(ask, tried) : undefined
    return other && askThere(other, ask, signal)
  }

  async function askFirst(server: ModelServer, ask: VllmAsk, signal: AbortSignal): Promise<VllmAnswer> {
    let answer: VllmAnswer
    try {
      answer = await askThere(server, ask, signal)
    } catch (thrown) {
      const other = signal.aborted ? undefined : await askOther(ask, signal, server)
      if (other === undefined) throw thrown
      return other
    }
    if (answer.status < 500 && answer.status !== 429) return answer
    // Its words are of more use than a second failure without any.
    const other = await askOther(ask, signal, server).catch(() => undefined)
    if (other === undefined) return answer
    answer.body.destroy()
    return other
  }

  return (ask, signal) => {
    const server = pickBut(ask)
    return server === undefined ? Promise.reject(drained()) : askFirst(server, ask, signal)
  }
}

function askThere(server: ModelServer, ask: VllmAsk, signal: AbortSignal): Promise<VllmAnswer> {
  ask.onAsk?.(server.server.url)
  return server.ask(ask, signal)
}

/** Clients are to come again: it is the owner who keeps requests away, and not for long. */
function drained(): GatewayError {
  return new GatewayError('overloaded', 'The model server is under maintenance. Please try again.', {
    retryAfterSeconds: 30,
  })
}
