import { type Environment, findVariableProblems, readEnvironment, readFlags } from './assignments.ts'
import { completeSettings, type ServiceSettings, type Settings } from './complete-settings.ts'
import { readAuthorities } from './database-authorities.ts'
import { describeIssues } from './describe-issues.ts'
import { layBeside, layOver } from './layers.ts'
import { listSources } from './list-sources.ts'
import type { SettingsFlags } from './named-settings.ts'
import type { RawMap } from './raw-map.ts'
import { findSecretsGivenTwice, readSecretFiles } from './secret-files.ts'
import { SettingsError, type SettingsProblem } from './settings-error.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'
import { settingsSchema, type WrittenSettings } from './settings-schema.ts'
import type { Source } from './source.ts'

export type { ServiceSettings, Settings, SettingsFlags }
export { SettingsError }

export interface SettingsRequest {
  readonly environment: Environment
  readonly flags: SettingsFlags
  /** Relative paths, of files and in settings, are below it. */
  readonly workingDirectory: string
  /** Services that are there besides, where the sources describe none but the one that the defaults do. */
  readonly besides?: readonly RawMap[]
}

export interface LoadedSettings {
  readonly settings: Settings
  /** Of every setting, by its name in the file, such as `services[0].places`. */
  readonly sources: Readonly<Record<string, Source>>
  /** The file that was read, or null if there was none. */
  readonly file: string | null
}

/** Default < file < environment < flag. Throws a `SettingsError` with every problem there is. */
export function loadSettings({ environment, flags, workingDirectory, besides }: SettingsRequest): LoadedSettings {
  const file = readSettingsFile(flags, environment, workingDirectory)
  const problems = [...file.problems, ...findSecretsGivenTwice(file), ...findVariableProblems(environment)]
  problems.push(...layOver(file, [...readEnvironment(environment), ...readFlags(flags)]))
  if (besides !== undefined) layBeside(file, besides)
  problems.push(...readSecretFiles(file, workingDirectory))
  const { authorities, problems: found } = readAuthorities(file, workingDirectory)
  problems.push(...found)
  const settings = completeSettings(checkValues(file, problems), workingDirectory, authorities)
  return { settings, sources: listSources(settings, file.origins), file: file.path }
}

function checkValues(file: SettingsFile, problems: readonly SettingsProblem[]): WrittenSettings {
  const { data, error } = settingsSchema.safeParse(file.values)
  if (error !== undefined) throw new SettingsError([...problems, ...describeIssues(error, file)], file.path)
  if (problems.length > 0) throw new SettingsError(problems, file.path)
  return data
}
