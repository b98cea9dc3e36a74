import { findVariableProblems } from './assignments.ts'
import { checkLayers, type SettingsRequest } from './check-layers.ts'
import { completeSettings, type ServiceSettings, type Settings } from './complete-settings.ts'
import { listSources } from './list-sources.ts'
import type { SettingsFlags } from './named-settings.ts'
import { SettingsError } from './settings-error.ts'
import { readSettingsFile } from './settings-file.ts'
import type { Source } from './source.ts'

export type { ServiceSettings, Settings, SettingsFlags, SettingsRequest }
export { SettingsError }

export interface LoadedSettings {
  readonly settings: Settings
  /** Of every setting, by its name in the file, such as `services[0].places`. */
  readonly sources: Readonly<Record<string, Source>>
  /** The file that was read, or null if there was none. */
  readonly file: string | null
}

/** Default < file < environment < flag. Throws a `SettingsError` with every problem there is. */
export function loadSettings(request: SettingsRequest): LoadedSettings {
  const { flags, environment, workingDirectory } = request
  const file = readSettingsFile(flags, environment, workingDirectory)
  const { written, authorities, problems: found } = checkLayers(file.layers, request)
  const problems = [...file.problems, ...findVariableProblems(environment), ...found]
  if (written === undefined || problems.length > 0) throw new SettingsError(problems, file.path)
  const settings = completeSettings(written, workingDirectory, authorities)
  return { settings, sources: listSources(settings, file.layers.origins), file: file.path }
}
