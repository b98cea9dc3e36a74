import { isDeepStrictEqual } from 'node:util'
import { findVariableProblems } from './assignments.ts'
import { type Checked, checkLayers, type SettingsRequest } from './check-layers.ts'
import { completeSettings, type ServiceSettings, type Settings } from './complete-settings.ts'
import { listSources } from './list-sources.ts'
import type { SettingsFlags } from './named-settings.ts'
import { isWithin } from './raw-map.ts'
import { type ReadText, readText } from './read-text.ts'
import { SettingsError, type SettingsProblem } from './settings-error.ts'
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
  const read = rememberTexts()
  const [first, ...others] = file.readings
  const checked = checkLayers(first, request, read)
  const found = [checked, ...others.map((reading) => checkLayers(reading, request, read))]
  const problems = [...file.problems, ...findVariableProblems(environment), ...mergeProblems(found, file.repeated)]
  if (checked.written === undefined || problems.length > 0) throw new SettingsError(problems, file.path)
  const settings = completeSettings(checked.written, workingDirectory, checked.authorities)
  return { settings, sources: listSources(settings, first.origins), file: file.path }
}

/** A pipe can be read only once. */
function rememberTexts(): typeof readText {
  const texts = new Map<string, ReadText>()
  return (path) => {
    const text = texts.get(path) ?? readText(path)
    texts.set(path, text)
    return text
  }
}

/** Where a setting occurs more than once, what holds only for one of its values and is told elsewhere is a consequence. */
function mergeProblems(readings: readonly Checked[], repeated: readonly string[]): SettingsProblem[] {
  const all = readings.map(({ problems }) => problems)
  return all
    .flat()
    .filter(
      (problem) =>
        repeated.some((name) => isWithin(problem.name, name)) ||
        all.every((problems) => problems.some((other) => isDeepStrictEqual(other, problem))),
    )
}
