import { isIP } from 'node:net'
import * as z from 'zod'
import { byteSize } from './byte-size.ts'
import { duration } from './duration.ts'
import { section } from './section.ts'

const denied = 'an IP address, a network such as 203.0.113.0/24, or a host name, with *. before it for all below it'
const hostPattern = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i

const deniedSchema = z.string({ error: denied }).refine(isDeniable, { error: denied })

/** Digits and dots alone are an address, or a mistake in one. */
function isDeniable(text: string): boolean {
  if (isIP(text) !== 0 || isNetwork(text)) return true
  return text.length <= 253 && hostPattern.test(text) && !/^[\d.]+$/.test(text)
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false
  return Number(prefix) <= (family === 4 ? 32 : 128)
}

export const remoteImagesSchema = section({
  enabled: z.boolean({ error: 'true or false' }).default(false),
  sizeMax: byteSize('1KiB', '100MiB').prefault('10MiB'),
  timeout: duration('100ms', '60s').prefault('5s'),
  deny: z.array(deniedSchema, { error: 'a list of addresses, networks and host names' }).default([]),
}).transform(({ enabled, sizeMax, timeout, deny }) => ({
  enabled,
  bytesMax: sizeMax,
  timeoutMs: timeout,
  deny,
}))
