import type { Command } from 'commander'
import type { Gateway } from '../gateway.ts'
import type { Settings, SettingsFlags } from '../settings/settings.ts'
import { explainStorage } from './explain-storage.ts'
import { CliError, printJson } from './output.ts'
import { addSettingsOptions, loadCliSettings } from './settings-options.ts'
import { readVersion } from './version.ts'

export function addServeCommand(program: Command): void {
  addSettingsOptions(program.command('serve').description('serve vLLM to everybody who has a key'))
    .option('--json', 'tell the address and a newly made key as one line of JSON')
    .action(async (flags: SettingsFlags & { json?: true }) => {
      const { settings } = loadCliSettings(flags)
      const gateway = await startOrExplain(settings)
      const { stopOnSignal } = await import('../gateway.ts')
      if (flags.json) printJson({ url: gateway.url, adminKey: gateway.generatedAdminKey })
      else tellAdminKey(gateway)
      stopOnSignal(settings.shutdownGraceMs, () => gateway.stop())
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

/** On stderr, so that the log on stdout stays readable for programs, and free of keys. */
function tellAdminKey({ generatedAdminKey }: Gateway): void {
  if (generatedAdminKey === null) return
  process.stderr.write(`The administrator's key, shown this once and kept only as a hash: ${generatedAdminKey}\n`)
}
