import { type Command, Option } from 'commander'
import type { Environment } from '../settings/assignments.ts'
import { type LoadedSettings, loadSettings, type SettingsFlags, type SettingsRequest } from '../settings/settings.ts'
import { CliError } from './output.ts'

/** The flags that are settings too; a flag beats the environment, which beats the file. */
export function addSettingsOptions(command: Command): Command {
  return addOwnOptions(command).option('--vllm-url <url>', 'where vLLM is, for a single service')
}

/** All but where vLLM is. */
export function addOwnOptions(command: Command): Command {
  return addLocationOptions(command)
    .option('--host <address>', 'the address to listen on')
    .option('--port <number>', 'the port to listen on')
    .option('--log-level <level>', 'fatal, error, warn, info, debug, trace or silent')
    .option('--log-format <format>', 'json, pretty or auto')
    .option('--shutdown-grace <time>', 'how long running requests may take to end, such as 120s')
}

/** The flags that say where things are, for commands that only read and write data. */
export function addLocationOptions(command: Command): Command {
  return command
    .option('--config <file>', 'the settings file')
    .option('--database-url <url>', 'sqlite:PATH or mysql://user:pass@host:3306/name')
    .option('--data-dir <folder>', 'where the gateway keeps its own files')
    .addOption(noMigrate())
}

/** Without a default of its own Commander would take it for given as true. */
function noMigrate(): Option {
  return new Option('--no-migrate', 'leave the tables to another gateway').default(null).preset('false')
}

/** Throws SettingsError with every problem there is. `besides`: services that are there where nobody wrote any. */
export function loadCliSettings(flags: SettingsFlags, besides: SettingsRequest['besides'] = []): LoadedSettings {
  return loadSettings({ environment: cliEnvironment(), flags, workingDirectory: findWorkingDirectory(), besides })
}

/** Throws CliError where it has been removed. */
function findWorkingDirectory(): string {
  try {
    return process.cwd()
  } catch (thrown) {
    throw new CliError('The folder in which this was started is gone. Start it in another.', { cause: thrown })
  }
}

/** The one place where the process's environment is read. */
export function cliEnvironment(): Environment {
  return process.env
}
