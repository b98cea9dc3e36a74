import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GatewayError } from '../chat/gateway-error.ts'

/** Refuses what Fastify would accept and no client of ours sends: forms that proxies and servers read differently. */
export function refuseOddRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => done(oddityOf(request)))
}

function oddityOf({ raw, method }: FastifyRequest): GatewayError | undefined {
  const { headers, url } = raw
  if (url?.charCodeAt(0) !== slash) return malformed('the target is not a path')
  const host = hostOddity(raw)
  if (host !== undefined) return malformed(host)
  if (headers.upgrade?.toLowerCase() === 'h2c') return malformed('h2c is not spoken here')
  if ((headers.expect?.toLowerCase() ?? continues) !== continues) return malformed('the `Expect` header is not known')
  if (method !== 'GET' && method !== 'HEAD') return contentOddity(headers['content-encoding'])
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return hasBody ? malformed(`${method} comes without a body`) : undefined
}

const slash = '/'.charCodeAt(0)
const continues = '100-continue'

function hostOddity({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'the `Host` header is missing'
  if (!/^[\w.:[\]-]*$/.test(host)) return 'the `Host` header is not a host'
  return countHosts(rawHeaders) > 1 ? 'there is more than one `Host` header' : undefined
}

function contentOddity(encoding: string | undefined): GatewayError | undefined {
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined
  return new GatewayError('unsupported-media-type', 'Send the body without a `Content-Encoding`.')
}

function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts
}

function malformed(what: string): GatewayError {
  return new GatewayError('malformed-request', `This request is not accepted: ${what}.`)
}
