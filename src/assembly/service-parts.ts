import type { OpenLimits } from '../admission/open-limits.ts'
import type { Log } from '../log/create-log.ts'
import { describeCause } from '../log/describe-cause.ts'
import type { MediaOf } from '../media/media.ts'
import type { ServiceSettings } from '../settings/settings.ts'
import type { TemporaryFolder } from '../speech/temporary-file.ts'
import { createModelServers, type ModelServers, type ModelServersOptions } from '../upstream/model-servers.ts'
import type { ServerCards } from '../upstream/server-cards.ts'
import type { UpstreamState } from '../upstream/server-looks.ts'
import type { RateCard } from '../usage/rate-card.ts'

/** What services are put together from, whatever their kind. */
export interface ServiceParts {
  readonly log: Log
  readonly mediaOf: MediaOf
  readonly limits: OpenLimits
  readonly card: RateCard
  /** Where files are kept while they are worked on. */
  readonly uploads: TemporaryFolder
}

/** A service that is put together, and what it has running in the background. */
export interface Assembled<Service> {
  readonly service: Service
  start(): void
  stop(): Promise<void>
}

export type SettingsOf<Kind extends ServiceSettings['kind']> = Extract<ServiceSettings, { kind: Kind }>

type UpstreamWord = UpstreamState | 'failing'

const upstreamWords = {
  waiting: 'waiting for the model server',
  ready: 'the model server is ready',
  unreachable: 'the model server cannot be reached',
  failing: 'the model server is there, but its last answers all failed',
} satisfies Record<UpstreamWord, string>

/** Tells the log how a service's model servers are. */
function tellUpstream(log: Log, { name, upstreams }: ServiceSettings, state: UpstreamWord, cause: unknown): void {
  const fields = { service: name, upstreams, cause: cause === undefined ? undefined : describeCause(cause) }
  if (state === 'ready') log.info(fields, upstreamWords[state])
  else log.warn(fields, upstreamWords[state])
}

/** The model servers of a service; the log is told of what becomes of them. */
export function openServers(log: Log, settings: ServiceSettings): ModelServers {
  const { upstreams: urls, apiKey, balance, timeouts } = settings
  return createModelServers({ urls, apiKey, balance, connectMs: timeouts.connectMs, ...serverTales(log, settings) })
}

/** Tells the log what is known of a service's model servers, and when that changes. */
export function cardTales(log: Log, settings: ServiceSettings) {
  return {
    onChange: (state: UpstreamState, cause: unknown) => tellUpstream(log, settings, state, cause),
    onOtherModel: tellOtherModels(log, settings),
  }
}

/** Tells the log when answers begin to fail, and when they are well again. */
export function answerTales(log: Log, settings: ServiceSettings) {
  return (failing: boolean, cause: unknown) => tellUpstream(log, settings, failing ? 'failing' : 'ready', cause)
}

interface StatusParts {
  readonly cards: Pick<ServerCards<{ readonly model: string }>, 'state' | 'known'>
  readonly answers: { readonly failing: boolean }
  readonly admission: { readonly running: number; readonly waiting: number }
}

/** How a service is; what its context is, it says itself. */
export function statusOf({ cards, answers, admission }: StatusParts) {
  return {
    upstream: cards.state === 'ready' && answers.failing ? ('failing' as const) : cards.state,
    model: cards.known?.model ?? null,
    running: admission.running,
    waiting: admission.waiting,
  }
}

/** Starts and stops what a service has running in the background. */
export function inBackground(
  cards: Pick<ServerCards<unknown>, 'start' | 'stop'>,
  servers: ModelServers,
): Pick<Assembled<unknown>, 'start' | 'stop'> {
  return {
    start: cards.start,
    async stop() {
      cards.stop()
      await servers.close()
    },
  }
}

/** Tells the log of servers that get no requests, because their answers fail or somebody says so, and of their return. */
function serverTales(log: Log, { name }: ServiceSettings): Pick<ModelServersOptions, 'onEject' | 'onDrain'> {
  return {
    onEject({ url, forMs }) {
      const fields = { service: name, upstream: url }
      if (forMs === undefined) log.info(fields, 'this model server gets requests again')
      else
        log.warn({ ...fields, forMs: Math.round(forMs) }, 'this model server fails, and gets no requests for a while')
    },
    onDrain({ url, draining, by }) {
      const words = draining
        ? 'this model server is drained: it gets no new requests'
        : 'this model server is let in again'
      log.info({ service: name, upstream: url, ...by }, words)
    },
  }
}

/** Tells the log of a server that runs a model which is not the service's. */
function tellOtherModels(log: Log, { name }: ServiceSettings) {
  return (url: string, models: readonly string[] | undefined): void => {
    const fields = { service: name, upstream: url, models }
    if (models === undefined) log.info(fields, "this model server runs the service's model again")
    else log.warn(fields, "this model server runs another model than the service's, and gets no requests")
  }
}
