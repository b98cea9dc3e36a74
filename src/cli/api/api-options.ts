import { readFileSync } from 'node:fs'
import type { Command, Option } from 'commander'
import type { SettingsFlags } from '../../settings/settings.ts'
import { CliError } from '../output.ts'
import { addLocationOptions, cliEnvironment } from '../settings-options.ts'
import { createGatewayApi, type GatewayApi } from './gateway-api.ts'

/** Whom a command asks: a gateway, or the database that the settings name. */
export interface ApiFlags extends SettingsFlags {
  readonly api?: string
  readonly keyFile?: string
  readonly local?: true
}

/** The database unless `--api` says otherwise, so that nothing has to run; `--local` beats `--api`. `besides` follows the file of the key. */
export function addApiOptions(command: Command, besides: readonly Option[] = []): Command {
  const asking = addLocationOptions(command)
    .option('--api <url>', 'the gateway to ask instead of the database, such as https://gateway.example')
    .option('--key-file <file>', 'the key to ask it with is in this file; or in GATEWAY_API_KEY')
  for (const option of besides) asking.addOption(option)
  return asking.option('--local', 'go to the database, as without --api')
}

/** What only the database is found with. Not `--config`, which an alias may always carry. */
const databaseFlags = [
  ['databaseUrl', '--database-url'],
  ['dataDir', '--data-dir'],
  ['migrate', '--no-migrate'],
] as const

/** Undefined where the database is to be asked. Throws CliError without a key, and for flags of whom nobody asks. */
export function apiOf(flags: ApiFlags, key?: string): GatewayApi | undefined {
  const { api, keyFile, local } = flags
  if (keyFile !== undefined && api === undefined)
    throw new CliError('--key-file has the key that a gateway is asked with, and goes with --api.')
  if (api === undefined || local !== undefined) return undefined
  refuseDatabaseFlags(flags)
  const environment = cliEnvironment()
  const secret =
    key ??
    (keyFile === undefined ? undefined : readKey(keyFile)) ??
    environment['GATEWAY_API_KEY'] ??
    environment['GATEWAY_ADMIN_KEY']
  if (secret === undefined || secret === '')
    throw new CliError('A key is wanted: GATEWAY_API_KEY, or --key-file, of an operator or an administrator.')
  return createGatewayApi({ url: requireAddress(api), key: secret })
}

function refuseDatabaseFlags(flags: ApiFlags): void {
  for (const [name, flag] of databaseFlags) {
    if (flags[name] != null)
      throw new CliError(
        `${flag} is for the database, and --api asks a gateway: leave one of them out, or add --local.`,
      )
  }
}

function requireAddress(api: string): string {
  if (/^https?:$/.test(URL.parse(api)?.protocol ?? '')) return api
  throw new CliError(`--api: found ${api}, wanted an address such as https://gateway.example or http://127.0.0.1:8044.`)
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new CliError(`--key-file: ${file} cannot be read.`)
  }
}
