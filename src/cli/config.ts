import type { Command } from 'commander'
import { printSettings, reportSettings } from '../settings/print-settings.ts'
import type { SettingsFlags } from '../settings/settings.ts'
import { printJson, printLines } from './output.ts'
import { addSettingsOptions, loadCliSettings } from './settings-options.ts'

type ConfigFlags = SettingsFlags & { json?: true }

export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('look at the settings')
  addSettingsOptions(config.command('check').description('say every problem of the settings at once'))
    .option('--json', 'as JSON')
    .action(check)
  addSettingsOptions(
    config.command('print').description('print the settings and where each comes from, without secrets'),
  )
    .option('--json', 'as JSON')
    .action((flags: ConfigFlags) => {
      const loaded = loadCliSettings(flags)
      if (flags.json) printJson(reportSettings(loaded))
      else process.stdout.write(printSettings(loaded))
    })
}

function check(flags: ConfigFlags): void {
  const { file } = loadCliSettings(flags)
  if (flags.json) printJson({ ok: true, file, problems: [] })
  else printLines([`The settings are in order (${file === null ? 'no file' : file}).`])
}
