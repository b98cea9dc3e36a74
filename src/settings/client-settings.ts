import type { Environment } from './assignments.ts'

/** Variables of the command `chat`, which the gateway itself does not read. */
export const clientVariables = ['GATEWAY_URL', 'GATEWAY_API_KEY']

const ownKeys = ['GATEWAY_API_KEY', 'API_AI_TOKEN']
const gatewayUrl = 'http://127.0.0.1:8044'

/** The public server of each dialect, and the variables that its own clients take a key from. */
const vendors = {
  openai: { host: 'api.openai.com', keys: ['OPENAI_API_KEY'] },
  responses: { host: 'api.openai.com', keys: ['OPENAI_API_KEY'] },
  anthropic: { host: 'api.anthropic.com', keys: ['ANTHROPIC_API_KEY'] },
  gemini: { host: 'generativelanguage.googleapis.com', keys: ['GOOGLE_API_KEY', 'GEMINI_API_KEY'] },
} as const

export interface ClientSettingsRequest {
  readonly environment: Environment
  readonly dialect: keyof typeof vendors
  /** The flags, where they were given. */
  readonly baseUrl: string | undefined
  readonly key: string | undefined
}

export interface ClientSettings {
  readonly baseUrl: string
  readonly key: string | undefined
  /** True for a vendor's own server, which offers more models than one would choose from blindly. */
  readonly isVendor: boolean
}

/**
 * A key goes where it belongs: a vendor's to its own server and to an address that was given by hand, the gateway's to
 * every address that is not a vendor's.
 */
export function readClientSettings({ environment, dialect, baseUrl, key }: ClientSettingsRequest): ClientSettings {
  const address = baseUrl ?? given(environment, ['GATEWAY_URL']) ?? gatewayUrl
  const owner = Object.values(vendors).find(({ host }) => host === URL.parse(address)?.hostname)
  const ownerless = baseUrl === undefined ? ownKeys : [...ownKeys, ...vendors[dialect].keys]
  const variables = owner === undefined ? ownerless : owner.keys
  return { baseUrl: address, key: key ?? given(environment, variables), isVendor: owner !== undefined }
}

/** The first variable that has something in it. */
function given(environment: Environment, names: readonly string[]): string | undefined {
  return names.map((name) => environment[name]?.trim()).find((value) => value !== undefined && value !== '')
}
