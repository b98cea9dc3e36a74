import type { Command } from 'commander'
import type { SettingsFlags } from '../settings/settings.ts'
import { failureCode } from '../usage/failure-code.ts'
import type { SpoolState } from '../usage/spool-file.ts'
import { reportSpool } from '../usage/spool-report.ts'
import { verifyLedger } from '../usage/verify-ledger.ts'
import { CliError, printJson, printLines } from './output.ts'
import { addLocationOptions } from './settings-options.ts'
import { useDatabase } from './use-database.ts'

export function addLedgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('look after the ledger')
  addLocationOptions(ledger.command('verify').description('check that every total is the sum of its entries'))
    .option('--json', 'as JSON')
    .action(verify)
}

/** Entries that are waiting are no problem; those that the database refuses are. The exit code is 1 where there is one. */
async function verify({ json, ...flags }: SettingsFlags & { readonly json?: true }): Promise<void> {
  const found = await useDatabase(flags, async (database, { ledger }) => {
    // What is older is being removed.
    const report = await verifyLedger(database, Date.now() - ledger.retentionMs + 86_400_000, Date.now() + 86_400_000)
    return { ...report, spool: readSpool(ledger.spoolPath) }
  })
  const { entries, problems, spool } = found
  const refused = spool?.refused ?? 0
  const isSound = problems.length === 0 && refused === 0
  if (json) printJson({ ok: isSound, ...found })
  else
    printLines([
      ...problems.map(({ problem }) => problem),
      ...(refused === 0 ? [] : [`The database refused ${refused} entries; they are set aside in the spool.`]),
      `${entries} entries${isSound ? ', and every total is the sum of them' : ''}; ${spool?.waiting ?? 0} wait in the spool.`,
    ])
  if (!isSound) process.exitCode = 1
}

function readSpool(path: string): SpoolState | null {
  try {
    return reportSpool(path) ?? null
  } catch (thrown) {
    throw new CliError(`The spool of the ledger cannot be read (${failureCode(thrown)}): ${path}.`)
  }
}
