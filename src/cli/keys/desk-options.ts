import { type Command, Option } from 'commander'
import { addApiOptions } from '../api/api-options.ts'

/** Where the keys are: on the database that the settings name, or at a gateway. */
export function addDeskOptions(command: Command): Command {
  const key = new Option('--key <key>', 'the same in an argument, which everybody on this machine can read')
  return addApiOptions(command).addOption(key.conflicts('keyFile'))
}
