import { CliError } from '../output.ts'
import { cliEnvironment } from '../settings-options.ts'

/** More of a key of ours than anybody should see, also in quotes or after `Bearer`. A name such as vgw_staging is none. */
const keyPattern = /vgw_[0-9A-Za-z]{16}/

/** Where a key's id or name is wanted: a key itself would go into messages, an address and its logs. Throws CliError. */
export function refuseSecret(reference: string): void {
  if (!keyPattern.test(reference) && !isOwnKey(reference)) return
  throw new CliError(
    "A key's id or name is wanted here, never the key itself: that is for --key-file or GATEWAY_API_KEY.",
  )
}

/** The key that a gateway would be asked with, which need not look like ours. */
function isOwnKey(reference: string): boolean {
  const { GATEWAY_API_KEY: key, GATEWAY_ADMIN_KEY: adminKey } = cliEnvironment()
  return reference !== '' && (reference === key || reference === adminKey)
}
