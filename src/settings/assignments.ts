import { nearestName } from '../wire/nearest-name.ts'
import { clientVariables } from './client-settings.ts'
import { configVariable, flagText, namedSettings, type SettingsFlags } from './named-settings.ts'
import type { SettingPath } from './raw-map.ts'
import type { SettingsProblem } from './settings-error.ts'
import type { Source } from './source.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A value that the environment or the command line gives a setting. */
export interface Assignment {
  readonly path: SettingPath
  readonly value: string
  readonly source: Source & { readonly name: string }
}

export function readEnvironment(environment: Environment): Assignment[] {
  const candidates = namedSettings.flatMap(({ path, variable, isSecret = false }) => {
    const plain = { path, variable }
    return isSecret ? [plain, { path: filePathOf(path), variable: `${variable}_FILE` }] : [plain]
  })
  return candidates.flatMap(({ path, variable }) => {
    const value = environment[variable]
    return value === undefined ? [] : [{ path, value, source: { from: 'environment', name: variable } }]
  })
}

function filePathOf(path: SettingPath): SettingPath {
  return [...path.slice(0, -1), `${String(path.at(-1))}File`]
}

export function readFlags(flags: SettingsFlags): Assignment[] {
  return namedSettings.flatMap(({ path, flag }) => {
    const value = flag === undefined ? undefined : flags[flag]
    if (flag === undefined || value === undefined || value === null) return []
    return [{ path, value, source: { from: 'flag', name: flagText(flag) } }]
  })
}

/** Unknown variables of ours, and secrets given twice. */
export function findVariableProblems(environment: Environment): SettingsProblem[] {
  const secrets = namedSettings.filter(({ isSecret }) => isSecret).map(({ variable }) => variable)
  const known = [configVariable, ...namedSettings.map(({ variable }) => variable), ...secrets.map(fileVariable)]
  const given = Object.keys(environment).filter((name) => environment[name] !== undefined)
  const unknown = given
    .filter((name) => name.startsWith('GATEWAY_') && !known.includes(name) && !clientVariables.includes(name))
    .map((name) => unknownVariable(name, known))
  const twice = secrets
    .filter((name) => given.includes(name) && given.includes(fileVariable(name)))
    .map((name) => ({ name: fileVariable(name), found: `${name} set as well`, wanted: 'only one of the two' }))
  return [...unknown, ...twice]
}

function fileVariable(variable: string): string {
  return `${variable}_FILE`
}

function unknownVariable(name: string, known: readonly string[]): SettingsProblem {
  const nearest = nearestName(name, known)
  const problem = { name, found: 'an unknown variable', wanted: 'a known one' }
  return nearest === undefined ? problem : { ...problem, nearest }
}
