import { createServerLooks, notReady, type ServerLooksOptions, type UpstreamState } from './server-looks.ts'
import type { VllmServer } from './vllm-server.ts'

/** Keeps in memory what the servers of a service run, asked for in the background, so that no request waits for it once it is known. */
export interface ServerCards<Card> {
  readonly state: UpstreamState
  readonly known: Card | undefined
  /** The card, asked for now where it is not known yet. Throws `upstream-unavailable`. */
  current(): Card | Promise<Card>
  start(): void
  stop(): void
}

export interface ServerCardsOptions<Card> extends Omit<ServerLooksOptions, 'look'> {
  /** Asks one server what it runs; resolves with what is then known of all of them. Throws where it does not say. */
  look(server: VllmServer, signal: AbortSignal): Promise<Card>
  /** What is known before any of them has been asked. */
  readonly known?: Card | undefined
}

export function createServerCards<Card>(options: ServerCardsOptions<Card>): ServerCards<Card> {
  let { known } = options
  const looks = createServerLooks({
    ...options,
    async look(server, signal) {
      known = await options.look(server, signal)
    },
  })

  async function lookNow(): Promise<Card> {
    await looks.now()
    if (known === undefined) throw notReady(new Error('no server tells what it runs'))
    return known
  }

  return {
    get state() {
      return looks.state
    },
    get known() {
      return known
    },
    current: () => known ?? lookNow(),
    start: looks.start,
    stop: looks.stop,
  }
}
