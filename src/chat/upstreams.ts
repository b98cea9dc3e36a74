/** The model servers behind one service, as an operator sees them. */
export interface Upstreams {
  /** From memory; asks nobody. */
  list(): readonly UpstreamStatus[]
  /**
   * Keeps new requests from a server, or lets them come again; those that run go on to their end. Undefined where the
   * service has no such server. Forgotten when the gateway ends.
   */
  drain(order: DrainOrder): UpstreamStatus | undefined
}

export interface DrainOrder {
  readonly url: string
  readonly draining: boolean
  /** Whose key ordered it, for the log. */
  readonly by: { readonly keyId: string; readonly keyName: string }
}

/**
 * `waiting`: has not answered since the start. `ejected`: gets no requests for a while, because its last answers failed.
 * `other-model`: is there, and runs a model that is not the service's.
 */
export type UpstreamCondition = 'waiting' | 'ready' | 'unreachable' | 'ejected' | 'other-model' | 'draining'

export interface UpstreamStatus {
  /** Without credentials. */
  readonly url: string
  readonly state: UpstreamCondition
  /** Requests that wait for their answer or are in the middle of it. */
  readonly outstanding: number
  /** In a row, since its last good answer. */
  readonly failures: number
}
