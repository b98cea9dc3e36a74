import { type Command, Option } from 'commander'
import { addApiOptions } from '../api/api-options.ts'

/** Where the keys are: on the database that the settings name, or at a gateway. */
export function addDeskOptions(command: Command): Command {
  const key = new Option('--key <key>', 'the key to ask it with, itself; everybody on this machine can read it there')
  return addApiOptions(command, [key.conflicts('keyFile')])
}
