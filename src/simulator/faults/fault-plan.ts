import { type Fault, type FaultName, type Faults, noFaults, parseFault } from './fault.ts'

/** Which requests will fail, and how. */
export interface FaultPlan {
  /** For the next request to the route that has none yet; several for one request are several faults. */
  next(fault: Fault | readonly Fault[], route?: string): void
  /** For every request to the route, besides what else is planned. */
  always(fault: Fault | readonly Fault[], route?: string): void
  clear(): void
}

export interface FaultSource extends FaultPlan {
  readonly mainRoute: string
  /** The faults of a request that has just come. */
  take(route: string): Faults
}

type Planned = readonly (readonly [FaultName, number])[]

/** `mainRoute` is meant where no route is given. */
export function createFaultPlan(mainRoute: string): FaultSource {
  const lasting = new Map<string, Planned>()
  const once = new Map<string, Planned[]>()

  return {
    mainRoute,
    next(fault, route = mainRoute) {
      once.set(route, [...(once.get(route) ?? []), parseAll(fault)])
    },
    always(fault, route = mainRoute) {
      lasting.set(route, [...(lasting.get(route) ?? []), ...parseAll(fault)])
    },
    clear() {
      lasting.clear()
      once.clear()
    },
    take(route) {
      if (lasting.size === 0 && once.size === 0) return noFaults
      return new Map([...(lasting.get(route) ?? []), ...(once.get(route)?.shift() ?? [])])
    },
  }
}

function parseAll(faults: Fault | readonly Fault[]): Planned {
  const listed: readonly string[] = typeof faults === 'string' ? [faults] : faults
  return listed.map(parseFault)
}
