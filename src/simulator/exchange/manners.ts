import type { Answer } from './answer.ts'
import type { OpenRecord } from './recorder.ts'

/** What each kind of server has its own words for. */
export interface Manners {
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Said before a route is looked for, such as that a key is missing; undefined where nothing is wrong. */
  objection(record: OpenRecord): Answer | undefined
  /** `known`: there is such a path, for another method. */
  missing(path: string, known: boolean): Answer
  /** What it would say with this status, for the fault. */
  status(status: number): Answer
  /** What it says once it can no longer compute. */
  dead(): Answer
  /** For what a route threw. */
  failure(thrown: unknown): Answer
}
