import { nearestName } from '../wire/nearest-name.ts'
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
export function readParameters(search: string): DatabaseParameters | ParameterMisfit {
  // In a form a plus would be a space; in a path it is itself.
  const parameters = new URLSearchParams(search.replaceAll('+', '%2B'))
  const misfit = findMisfit(parameters)
  if (misfit !== undefined) return misfit
  const mode = modes.find((known) => known === parameters.get('ssl-mode')?.toUpperCase())
  const socketPath = parameters.get('socketPath')
  const authoritiesPath = parameters.get('ssl-ca')
  return {
    ...(socketPath === null ? {} : { socketPath }),
    ...(mode === undefined ? {} : { encryption: { mode, ...(authoritiesPath === null ? {} : { authoritiesPath }) } }),
  }
}

function findMisfit(parameters: URLSearchParams): ParameterMisfit | undefined {
  const names = [...parameters.keys()]
  const unknown = names.find((name) => !parameterNames.includes(name))
  if (unknown !== undefined) return misfitOf('an unknown parameter', parameterNames, unknown)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return { found: `${twice} twice`, wanted: 'each parameter once' }
  if (parameters.get('socketPath')?.startsWith('/') === false) {
    return { found: 'a socketPath that is not absolute', wanted: 'one that begins with /' }
  }
  return findEncryptionMisfit(parameters.get('ssl-mode') ?? 'DISABLED', parameters.get('ssl-ca'))
}

/** Authorities that nobody asks would be taken for a check that there is not. */
function findEncryptionMisfit(written: string, authoritiesPath: string | null): ParameterMisfit | undefined {
  const mode = written.toUpperCase()
  if (!modeNames.includes(mode)) return misfitOf(describeMode(written), modeNames, written)
  if (authoritiesPath === null) return undefined
  if (!mode.startsWith('VERIFY_')) {
    const wanted = 'ssl-mode=VERIFY_CA or ssl-mode=VERIFY_IDENTITY with it'
    return { found: `an ssl-ca that ssl-mode=${mode} does not look at`, wanted }
  }
  return authoritiesPath === '' ? { found: 'an empty ssl-ca', wanted: 'the path of a file' } : undefined
}

function misfitOf(found: string, known: readonly string[], written: string): ParameterMisfit {
  return { found, wanted: `one of ${known.join(', ')}`, nearest: nearestName(written, known) }
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
