import { Command, CommanderError } from 'commander'
import { SettingsError } from '../settings/settings.ts'
import { addAuditCommand } from './audit.ts'
import { addChatCommand } from './chat.ts'
import { addConfigCommands } from './config.ts'
import { addDemoCommand } from './demo.ts'
import { addDoctorCommand } from './doctor.ts'
import { addKeysCommands } from './keys.ts'
import { addLedgerCommands } from './ledger.ts'
import { CliError, printJson } from './output.ts'
import { addServeCommand } from './serve.ts'
import { withoutOrders } from './shown-text.ts'
import { addSimulateCommand } from './simulate.ts'
import { addUsageCommand } from './usage.ts'
import { readVersion } from './version.ts'

/**
 * Runs one command. What goes wrong is one message on stderr, with `--json` one object on stdout, and the exit code 1; what
 * was typed wrong 2.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('vllm-gateway')
    .description('Every client dialect in front of one vLLM.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(--help lists what there is)')
  addServeCommand(program)
  addDemoCommand(program)
  addChatCommand(program)
  addKeysCommands(program)
  addAuditCommand(program)
  addDoctorCommand(program)
  addUsageCommand(program)
  addLedgerCommands(program)
  addConfigCommands(program)
  addSimulateCommand(program)
  try {
    await program.parseAsync(asHelpOption(argv, program))
  } catch (thrown) {
    process.exitCode = exitCodeOf(thrown)
    if (process.exitCode === 0) return
    const isJson = isJsonAsked(argv)
    if (isJson) printJson(reportFailure(thrown))
    if (!isJson || !isForUser(thrown)) tell(thrown)
  }
}

/** Commander's own `help` knows of commands, but not of those below them. */
function asHelpOption(argv: readonly string[], { commands }: Command): readonly string[] {
  const [node = '', script = '', first, ...words] = argv
  const isOfCommand = first === 'help' && commands.some((command) => command.name() === words[0])
  return isOfCommand ? [node, script, ...words, '--help'] : argv
}

function exitCodeOf(thrown: unknown): number {
  if (!(thrown instanceof CommanderError)) return 1
  return thrown.exitCode === 0 ? 0 : 2
}

/** Also where the command line could not be read. */
function isJsonAsked(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(2, end === -1 ? undefined : end).includes('--json')
}

interface Failure {
  readonly ok: false
  readonly message: string
  readonly problems?: SettingsError['problems']
}

function reportFailure(thrown: unknown): Failure {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const own = thrown instanceof CommanderError ? message.replace(/^error: /, '') : message
  return { ok: false, message: own, ...(thrown instanceof SettingsError && { problems: thrown.problems }) }
}

/** Of everything else the stack is told too, for whoever is to mend it. */
function isForUser(thrown: unknown): boolean {
  return thrown instanceof CommanderError || thrown instanceof SettingsError || thrown instanceof CliError
}

function tell(thrown: unknown): void {
  // Commander has said its own already.
  if (thrown instanceof CommanderError) return
  // A message may repeat a name from elsewhere, or what a server said.
  const words = thrown instanceof Error ? (isForUser(thrown) ? withoutOrders(thrown.message) : thrown.stack) : undefined
  process.stderr.write(`${words ?? String(thrown)}\n`)
}
