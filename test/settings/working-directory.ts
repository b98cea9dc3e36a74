import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LoadedSettings, loadSettings, type SettingsFlags } from '../../src/settings/settings.ts'
import { SettingsError, type SettingsProblem } from '../../src/settings/settings-error.ts'

export interface Sources {
  /** The text of `config/gateway.yaml`. */
  readonly file?: string
  readonly environment?: Record<string, string>
  readonly flags?: SettingsFlags
}

export interface WorkingDirectory {
  readonly path: string
  write(name: string, content: string | Buffer): string
  load(sources: Sources): LoadedSettings
  /** The error that loading ends with. */
  refuse(sources: Sources): SettingsError
}

/** A folder of the test's own, which is gone when the test is. */
export function createWorkingDirectory(): WorkingDirectory {
  const path = mkdtempSync(join(tmpdir(), 'gateway-settings-'))
  onTestFinished(() => rmSync(path, { recursive: true }))

  function write(name: string, content: string | Buffer): string {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }

  function load({ file, environment = {}, flags = {} }: Sources): LoadedSettings {
    if (file !== undefined) write('config/gateway.yaml', file)
    return loadSettings({ environment, flags, workingDirectory: path })
  }

  function refuse(sources: Sources): SettingsError {
    try {
      load(sources)
    } catch (thrown) {
      if (thrown instanceof SettingsError) return thrown
      throw thrown
    }
    throw new Error('The settings were taken.')
  }

  return { path, write, load, refuse }
}

export function load(sources: Sources): LoadedSettings {
  return createWorkingDirectory().load(sources)
}

export function refuse(sources: Sources): readonly SettingsProblem[] {
  return createWorkingDirectory().refuse(sources).problems
}

export function namesOf(problems: readonly SettingsProblem[]): string[] {
  return problems.map(({ name }) => name)
}
