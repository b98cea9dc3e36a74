import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { SettingsFlags } from '../settings/settings.ts'
import { adoptEntries } from '../usage/adopt-entries.ts'
import { failureCode } from '../usage/failure-code.ts'
import { nameLedger, readLedgerId } from '../usage/ledger-id.ts'
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
  addLocationOptions(
    ledger.command('adopt').description('give this database the entries that wait in the spool for another'),
  )
    .option('--json', 'as JSON')
    .action(adopt)
}

/** Entries that are waiting are no problem; those that the database refuses are. The exit code is 1 where there is one. */
async function verify({ json, ...flags }: SettingsFlags & { readonly json?: true }): Promise<void> {
  const found = await useDatabase(flags, async (database, { ledger }) => {
    // What is older is being removed.
    const report = await verifyLedger(database, Date.now() - ledger.retentionMs + 86_400_000, Date.now() + 86_400_000)
    const id = await readLedgerId(database)
    return {
      ...report,
      spool: await withSpool(ledger.spoolPath, (path) => reportSpool(path, { id, address: database.location }) ?? null),
    }
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
      ...(spool === null || spool.elsewhere === 0 ? [] : [explainElsewhere(spool.elsewhere)]),
    ])
  if (!isSound) process.exitCode = 1
}

function explainElsewhere(count: number): string {
  return `${count} entries in the spool are another database’s: a gateway with that database ships them, or \`ledger adopt\` gives them to this one.`
}

async function adopt({ json, ...flags }: SettingsFlags & { readonly json?: true }): Promise<void> {
  const adopted = await useDatabase(flags, async (database, { ledger }) => {
    const id = await nameLedger(database)
    return withSpool(ledger.spoolPath, (path) =>
      existsSync(path) ? adoptEntries(path, { id, address: database.location }) : 0,
    )
  })
  if (json) printJson({ adopted })
  else if (adopted === 0) printLines(['No entries of another database wait in the spool.'])
  else printLines([`${adopted} entries are this database’s now; a gateway that runs with it ships them.`])
}

async function withSpool<Result>(path: string, use: (path: string) => Result | Promise<Result>): Promise<Result> {
  try {
    return await use(path)
  } catch (thrown) {
    throw new CliError(`The spool of the ledger cannot be read (${failureCode(thrown)}): ${path}.`)
  }
}
