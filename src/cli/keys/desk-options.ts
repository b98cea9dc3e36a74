import type { Command } from 'commander'
import { addLocationOptions } from '../settings-options.ts'

/** Where the keys are: on the database that the settings name, or at a gateway. */
export function addDeskOptions(command: Command): Command {
  return addLocationOptions(command)
    .option('--api <url>', 'the gateway to ask instead of the database, such as https://gateway.example')
    .option(
      '--key <key>',
      'the key to ask it with; better in GATEWAY_API_KEY, because everybody can read the arguments of a process',
    )
    .option('--local', 'go to the database, as without --api')
}
