import type { Command } from 'commander'
import type { Gateway } from '../gateway.ts'
import type { Settings, SettingsFlags } from '../settings/settings.ts'
import { explainStorage } from './explain-storage.ts'
import { CliError } from './output.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import { addSettingsOptions, loadCliSettings } from './settings-options.ts'
import { show } from './show.ts'
import { readVersion } from './version.ts'

export function addServeCommand(program: Command): void {
  addSettingsOptions(program.command('serve').description('serve vLLM to everybody who has a key'))
    .option('--json', 'tell the address and a newly made key as one line of JSON')
    .action(async ({ json, ...flags }: SettingsFlags & { json?: true }) => {
      const { settings } = loadCliSettings(flags)
      await runUntilStopped(
        settings.shutdownGraceMs,
        () => startOrExplain(settings),
        (gateway) => gateway.keepAdminKey(json ? showAsJson(gateway) : showAdminKey(gateway)),
      )
    })
}

/** The common reasons not to start, in words. */
export async function startOrExplain(settings: Settings): Promise<Gateway> {
  // Only when it is needed: other commands start faster without it.
  const { startGateway } = await import('../gateway.ts')
  try {
    return await startGateway(settings, readVersion())
  } catch (thrown) {
    throw explain(thrown, settings)
  }
}

function explain(thrown: unknown, settings: Settings): unknown {
  const { host, port } = settings
  switch (thrown instanceof Error && isOfListening(thrown) ? thrown.code : undefined) {
    case 'EADDRINUSE':
      return new CliError(`Port ${port} on ${host} is taken. Set another with --port or GATEWAY_PORT.`)
    case 'EACCES':
      return new CliError(`Port ${port} on ${host} is not allowed to this user.`)
    case 'EADDRNOTAVAIL':
      return new CliError(`This machine has no address ${host}. Set another with --host or GATEWAY_HOST.`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError(
        `${host} is no address, nor a name that can be looked up. Set another with --host or GATEWAY_HOST.`,
      )
    default:
      return explainStorage(thrown, settings)
  }
}

/** A name is looked up first. */
function isOfListening(thrown: Error): thrown is Error & { readonly code: unknown } {
  return 'code' in thrown && 'syscall' in thrown && ['listen', 'getaddrinfo'].includes(String(thrown.syscall))
}

async function showAsJson({ url, generatedAdminKey: adminKey }: Gateway): Promise<void> {
  await show(process.stdout, `${JSON.stringify({ url, adminKey })}\n`)
}

/** On stderr, so that the log on stdout stays readable for programs, and free of keys. */
async function showAdminKey({ generatedAdminKey: key }: Gateway): Promise<void> {
  if (key === null) return
  await show(process.stderr, `The administrator's key, shown this once and kept only as a hash: ${key}\n`)
}
