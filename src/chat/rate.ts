/** How much of one limit is left. */
export interface RateCount {
  readonly limit: number
  readonly remaining: number
  /** Until all of it is there again. */
  readonly resetMs: number
}

/** What a caller is told of its limits; of several, the one that leaves least. */
export interface RateState {
  /** By the minute. */
  readonly requests?: RateCount | undefined
  /** By the minute. */
  readonly tokens?: RateCount | undefined
}
