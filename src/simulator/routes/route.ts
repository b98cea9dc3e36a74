import { type Answer, sendAnswer } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'

/** A route of the server that is imitated. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What it throws is answered in the server's own words. */
  readonly answer: (exchange: Exchange) => Promise<void>
}

/** A route that answers at once. */
export function plain(
  method: Route['method'],
  path: string,
  make: (exchange: Exchange) => Answer | Promise<Answer>,
): Route {
  return { method, path, answer: async (exchange) => sendAnswer(exchange, await make(exchange)) }
}
