import { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { readAuthoritiesPath } from './database-url.ts'
import type { Layers } from './layers.ts'
import { readBytes } from './read-text.ts'
import type { SettingsProblem } from './settings-error.ts'
import { originOf } from './source.ts'

export interface ReadAuthorities {
  /** In PEM, one after the other; undefined where `databaseUrl` names no file of them. */
  readonly authorities?: string
  readonly problems: readonly SettingsProblem[]
}

/** Reads what `ssl-ca` names, also where other settings are wrong, so that all problems are said at once. */
export function readAuthorities(layers: Layers, workingDirectory: string): ReadAuthorities {
  const named = readAuthoritiesPath(layers.values['databaseUrl'])
  if (named === undefined) return { problems: [] }
  const path = resolve(workingDirectory, named)
  const bytes = readBytes(path)
  if (bytes.failure !== undefined) {
    return misfit(layers, `${describe(path)}, which cannot be read (${bytes.failure})`, 'a file that can be read')
  }
  // Remarks between certificates may be in any encoding.
  const text = bytes.content.toString('latin1')
  const certificates = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? []
  if (certificates.length > 0 && certificates.every(isCertificate)) {
    return { authorities: `${certificates.join('\n')}\n`, problems: [] }
  }
  const found = certificates.length === 0 ? 'which holds no certificate' : 'which holds a damaged certificate'
  return misfit(layers, `${describe(path)}, ${found}`, 'a file of certificates in PEM')
}

/** OpenSSL would pass over what is none without a word. */
function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text) !== undefined
  } catch {
    return false
  }
}

/** An `@` in it is probably that of an address whose password is not percent-encoded. */
function describe(path: string): string {
  return path.includes('@') ? `an ssl-ca of ${path.length} characters` : `ssl-ca=${path}`
}

function misfit({ origins }: Layers, found: string, wanted: string): ReadAuthorities {
  const { name = 'databaseUrl', line } = originOf(origins, ['databaseUrl'])
  return { problems: [{ name, found, wanted, ...(line === undefined ? {} : { line }) }] }
}
