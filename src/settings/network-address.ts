import { isIP } from 'node:net'
import { written } from './written.ts'

const hostName = /^[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*$/i

/** What to listen on. */
export const hostSchema = written('an IP address or a host name, without a port', (raw) => {
  const host = String(raw)
  return host.length <= 253 && (isIP(host) !== 0 || (hostName.test(host) && !/^[\d.]+$/.test(host))) ? host : undefined
})

/** 0 is any free port. */
export const portSchema = written('a port: a whole number from 0 to 65535', (raw) => {
  const port = /^\d{1,5}$/.test(String(raw)) ? Number(raw) : Number.NaN
  return port <= 65_535 ? port : undefined
})
