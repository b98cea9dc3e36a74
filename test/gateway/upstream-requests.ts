import type { RecordedRequest } from '../../src/simulator/exchange/recorder.ts'
import type { TestGateway } from '../support/test-gateway.ts'
import { until } from './until.ts'

/** The chat requests that reached the model for a request of the gateway's, oldest first. */
export function upstreamRequests({ simulator }: TestGateway, requestId: string | null): RecordedRequest[] {
  return simulator.requests.filter(({ headers, path }) => {
    return path === '/v1/chat/completions' && headers['x-request-id'] === requestId
  })
}

export function newestUpstreamRequest({ simulator }: TestGateway): RecordedRequest | undefined {
  return simulator.requests.findLast(({ path }) => path === '/v1/chat/completions')
}

/** The body of the newest chat request that reached the model. */
export function newestUpstreamBody(gateway: TestGateway): Record<string, unknown> {
  // The gateway sends objects, or the tests that look into it fail.
  return (newestUpstreamRequest(gateway)?.body ?? {}) as Record<string, unknown>
}

/** The line that was logged for a request, waited for. */
export async function lineOf(gateway: TestGateway, requestId: string | null) {
  const find = () => gateway.lines.find((line) => line.requestId === requestId)
  await until(() => find() !== undefined)
  const line = find()
  if (line === undefined) throw new Error('The line has gone.')
  return line
}
