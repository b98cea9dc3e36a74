import { editDistance, nearestName } from '../wire/nearest-name.ts'
import type { MisfitDetails } from './misfit-details.ts'

/** How a connection to MySQL is encrypted, in the words of MySQL's own clients. */
interface EncryptionSettings {
  readonly mode: (typeof modes)[number]
  /** The file that `authorities` are in. */
  readonly authoritiesPath?: string
  /** Certificates in PEM; those that Node trusts where there are none. */
  readonly authorities?: string
}

/** What a URL may say after its question mark. */
export interface DatabaseParameters {
  readonly socketPath?: string
  readonly encryption?: EncryptionSettings
}

/** Without a piece of the URL that could be one of a password: one that is not percent-encoded can end up in any piece. */
export interface ParameterMisfit extends MisfitDetails {
  readonly found: string
  readonly wanted: string
}

const modes = ['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const
/** MySQL's PREFERRED is none of them: it goes on in plain text wherever somebody on the way says that the server cannot do better. */
const modeNames = ['DISABLED', ...modes]
const parameterNames = ['socketPath', 'ssl-mode', 'ssl-ca']

/** `search`: what the URL has from its question mark on. */
export function readParameters(search: string): DatabaseParameters | readonly ParameterMisfit[] {
  const parameters = parseParameters(search)
  const names = findNameMisfits([...parameters.keys()])
  const misfits = areOfPassword(search, parameters) ? names : [...names, ...findValueMisfits(parameters)]
  if (misfits.length > 0) return misfits
  const mode = modes.find((known) => known === parameters.get('ssl-mode')?.toUpperCase())
  const socketPath = parameters.get('socketPath')
  const authoritiesPath = parameters.get('ssl-ca')
  return {
    ...(socketPath === null ? {} : { socketPath }),
    ...(mode === undefined ? {} : { encryption: { mode, ...(authoritiesPath === null ? {} : { authoritiesPath }) } }),
  }
}

/** The file that `ssl-ca` names, also beside parameters that are wrong; undefined where nothing is to be read from it. */
export function findAuthoritiesPath(search: string): string | undefined {
  const parameters = parseParameters(search)
  const [path, ...others] = parameters.getAll('ssl-ca')
  const isRefused = findEncryptionMisfits(parameters).some(({ isOfAuthorities }) => isOfAuthorities)
  return others.length > 0 || isRefused || areOfPassword(search, parameters) ? undefined : path
}

/** An @ beside an unknown name is probably that of the address: what looks like parameters are pieces of a password. */
function areOfPassword(search: string, parameters: URLSearchParams): boolean {
  return search.includes('@') && [...parameters.keys()].some((name) => !parameterNames.includes(name))
}

/** In a form a plus would be a space; in a path it is itself. */
function parseParameters(search: string): URLSearchParams {
  return new URLSearchParams(search.replaceAll('+', '%2B'))
}

/** Unknown ones are told by their place, because their names may be pieces of a password. */
function findNameMisfits(names: readonly string[]): ParameterMisfit[] {
  return names.flatMap((name, index) => {
    if (!parameterNames.includes(name)) {
      const place = names.length === 1 ? '' : `, number ${index + 1} of ${names.length}`
      return [misfitOf(`an unknown parameter${place}`, parameterNames, name)]
    }
    return names.indexOf(name) === index ? [] : [{ found: `${name} twice`, wanted: 'each parameter once' }]
  })
}

function findValueMisfits(parameters: URLSearchParams): ParameterMisfit[] {
  const isRelative = parameters.get('socketPath')?.startsWith('/') === false
  const socket = isRelative ? [{ found: 'a socketPath that is not absolute', wanted: 'one that begins with /' }] : []
  return [...socket, ...findEncryptionMisfits(parameters).map(({ isOfAuthorities: _, ...misfit }) => misfit)]
}

type EncryptionMisfit = ParameterMisfit & { readonly isOfAuthorities: boolean }

/** Authorities that nobody asks would be taken for a check that there is not. */
function findEncryptionMisfits(parameters: URLSearchParams): EncryptionMisfit[] {
  const [written = 'DISABLED', ...others] = parameters.getAll('ssl-mode')
  const path = parameters.get('ssl-ca')
  const mode = written.toUpperCase()
  const empty = { found: 'an empty ssl-ca', wanted: 'the path of a file', isOfAuthorities: true }
  if (!modeNames.includes(mode)) {
    const unknown = { ...misfitOf(describeMode(written), modeNames, mode), isOfAuthorities: false }
    return path === '' ? [unknown, empty] : [unknown]
  }
  if (path !== null && others.length === 0 && !mode.startsWith('VERIFY_')) {
    const wanted = 'ssl-mode=VERIFY_CA or ssl-mode=VERIFY_IDENTITY with it'
    return [{ found: `an ssl-ca that ssl-mode=${mode} does not look at`, wanted, isOfAuthorities: true }]
  }
  return path === '' ? [empty] : []
}

function misfitOf(found: string, known: readonly string[], written: string): ParameterMisfit {
  const nearest = nearestName(written, known)
  const isNear = nearest !== undefined && sharesHalf(written.slice(0, 100), nearest)
  return { found, wanted: `one of ${known.join(', ')}`, nearest: isNear ? nearest : undefined }
}

/** What shares less with a name was not meant to be it. */
function sharesHalf(written: string, name: string): boolean {
  return editDistance(written, name) * 2 <= Math.max(written.length, name.length)
}

function describeMode(written: string): string {
  if (written === '') return 'an empty ssl-mode'
  return /^[\w-]{1,24}$/.test(written) ? `ssl-mode=${written}` : `an ssl-mode of ${written.length} characters`
}

/** With its question mark; empty where there are none. */
export function formatParameters({ socketPath, encryption }: DatabaseParameters): string {
  const written = {
    socketPath,
    'ssl-mode': encryption?.mode,
    'ssl-ca': encryption?.authoritiesPath,
  }
  const pairs = Object.entries(written).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
