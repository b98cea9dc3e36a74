import { Command, CommanderError } from 'commander'
import { SettingsError } from '../settings/settings.ts'
import { addAuditCommand } from './audit.ts'
import { addChatCommand } from './chat.ts'
import { addConfigCommands } from './config.ts'
import { addDemoCommand } from './demo.ts'
import { addDoctorCommand } from './doctor.ts'
import { addKeysCommands } from './keys.ts'
import { addLedgerCommands } from './ledger.ts'
import { CliError } from './output.ts'
import { addServeCommand } from './serve.ts'
import { withoutOrders } from './shown-text.ts'
import { addSimulateCommand } from './simulate.ts'
import { addUsageCommand } from './usage.ts'
import { readVersion } from './version.ts'

/** Runs one command; what goes wrong is one message on stderr and the exit code 1, what was typed wrong 2. */
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
    await program.parseAsync(argv)
  } catch (thrown) {
    process.exitCode = tell(thrown)
  }
}

function tell(thrown: unknown): number {
  // Commander has said its own already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
  if (thrown instanceof SettingsError || thrown instanceof CliError) {
    // It may repeat a name from elsewhere, or what a server said.
    process.stderr.write(`${withoutOrders(thrown.message)}\n`)
    return 1
  }
  process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`)
  return 1
}
