import type { VllmServer } from '../vllm-server.ts'
import type { ModelServer } from './model-server.ts'

export interface ServiceModelParts {
  readonly servers: readonly ModelServer[]
  /** The owner's word for it. */
  readonly wanted: string | null
  /** For the log: a server runs another model than the service, and gets no requests; or not any more. */
  onOtherModel?: ((url: string, models: readonly string[] | undefined) => void) | undefined
}

/** The model of a service, by what its servers say that they run. */
export interface ServiceModel {
  /** Notes the models of a server, at least one; returns the service's, and keeps requests from servers of another. */
  note(server: VllmServer, models: readonly string[]): string
}

export function createServiceModel({ servers, wanted, onOtherModel }: ServiceModelParts): ServiceModel {
  const lists = new Map<VllmServer, readonly string[]>()

  /** The model of most servers that get requests, of the first of them where they are at odds. */
  function mostListed(): string | undefined {
    const inUse = namesOf(servers.filter(({ draining }) => !draining))
    const votes = Map.groupBy(inUse.length > 0 ? inUse : namesOf(servers), (name) => name)
    return [...votes.values()].reduce((most, some) => (some.length > most.length ? some : most), [])[0]
  }

  function namesOf(some: readonly ModelServer[]): string[] {
    return some.flatMap(({ server }) => lists.get(server)?.[0] ?? [])
  }

  function setOther(server: ModelServer, isOther: boolean): void {
    if (server.otherModel === isOther) return
    server.otherModel = isOther
    onOtherModel?.(server.server.url, isOther ? lists.get(server.server) : undefined)
  }

  return {
    note(server, models) {
      lists.set(server, models)
      const model = wanted ?? mostListed() ?? ''
      // A name that no server lists is taken on trust: the owner knows better.
      const isListed = [...lists.values()].some((list) => list.includes(model))
      // One that has not said anything yet is taken for one of the service's model.
      for (const one of servers) setOther(one, isListed && lists.get(one.server)?.includes(model) === false)
      return model
    },
  }
}
