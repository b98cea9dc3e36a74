import type { ClientDialect } from './client-dialect.ts'
import { ClientError } from './client-error.ts'

/** Whom the client asks. */
export interface Server {
  readonly dialect: ClientDialect
  /** Where the dialect's paths begin, the version included; without a slash at its end. */
  readonly root: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * People copy base URLs from anywhere: with or without the version, with a slash at the end, with a service's prefix.
 * Where a version is named it is taken as it stands. Throws ClientError.
 */
export function describeServer(dialect: ClientDialect, baseUrl: string, key: string | undefined): Server {
  const url = readBaseUrl(baseUrl)
  const path = url.pathname.replace(/\/+$/, '')
  const namesVersion = /\/v\d+(?:alpha|beta)?\d*(?:\/|$)/.test(path)
  return {
    dialect,
    root: `${url.origin}${path}${namesVersion ? '' : dialect.version}`,
    headers: key === undefined ? {} : dialect.headers(checkKey(key)),
  }
}

function readBaseUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (!isPlain || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ClientError('--base-url: wanted an address such as http://127.0.0.1:8044, without a user or a query.')
  }
  return url
}

function checkKey(key: string): string {
  // What a header cannot carry is named here, because the error of `fetch` would repeat the key.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new ClientError('The key has spaces, line ends or characters beyond ASCII.')
  return key
}
