import type { Command } from 'commander'
import { SettingsError, type SettingsFlags } from '../settings/settings.ts'
import type { Finding } from './doctor/finding.ts'
import { printJson, printLines } from './output.ts'
import { addSettingsOptions, loadCliSettings } from './settings-options.ts'

export function addDoctorCommand(program: Command): void {
  addSettingsOptions(
    program
      .command('doctor')
      .description('look at settings, database, model servers, ffmpeg, clocks and disk, and say what to fix'),
  )
    .option('--json', 'as JSON')
    .action(doctor)
}

async function doctor({ json, ...flags }: SettingsFlags & { json?: true }): Promise<void> {
  const findings = await examine(flags)
  if (json) printJson({ ok: findings.every(({ state }) => state !== 'bad'), findings })
  else printLines(findings.flatMap(describe))
  if (findings.some(({ state }) => state === 'bad')) process.exitCode = 1
}

async function examine(flags: SettingsFlags): Promise<readonly Finding[]> {
  try {
    const { settings, file } = loadCliSettings(flags)
    const inOrder = { about: 'settings', state: 'good', found: file === null ? 'no file; defaults' : file } as const
    // Only when they are needed: other commands start faster without them.
    const { examineAll } = await import('./doctor/examine-all.ts')
    return [inOrder, ...(await examineAll(settings))]
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown
    return [
      {
        about: 'settings',
        state: 'bad',
        found: thrown.message,
        fix: 'Put the settings right; the rest depends on them.',
      },
    ]
  }
}

const marks = { good: '  ok', unsure: '  ??', bad: 'FAIL' } as const

function describe({ about, state, found, fix }: Finding): string[] {
  const line = `${marks[state]}  ${about}: ${found}`
  return fix === undefined ? [line] : [line, `      → ${fix}`]
}
