import type { Settings } from './complete-settings.ts'
import { deepFreeze } from './deep-freeze.ts'
import { formatPath, isRawMap, type SettingPath } from './raw-map.ts'
import type { Origins, Source } from './source.ts'
import { toWrittenForm } from './written-form.ts'

const byDefault: Source = { from: 'default' }

/** The source of every single setting, by its name in the file. */
export function listSources(settings: Settings, origins: Origins): Readonly<Record<string, Source>> {
  const names = leavesOf(toWrittenForm(settings)).map(formatPath)
  return deepFreeze(Object.fromEntries(names.map((name) => [name, origins.get(name) ?? byDefault])))
}

/** The paths of all values that are set as one: lists are, but the list of services is not. */
export function leavesOf(value: unknown, path: SettingPath = []): SettingPath[] {
  if (Array.isArray(value) && path.at(-1) === 'services') {
    return value.flatMap((item, index) => leavesOf(item, [...path, index]))
  }
  if (!isRawMap(value)) return [path]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}
