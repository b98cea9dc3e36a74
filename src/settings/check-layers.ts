import { type Environment, readEnvironment, readFlags } from './assignments.ts'
import { readAuthorities } from './database-authorities.ts'
import { describeIssues } from './describe-issues.ts'
import { type Layers, layBeside, layOver } from './layers.ts'
import type { SettingsFlags } from './named-settings.ts'
import type { RawMap } from './raw-map.ts'
import { findSecretsGivenTwice, readSecretFiles } from './secret-files.ts'
import type { SettingsProblem } from './settings-error.ts'
import { settingsSchema, type WrittenSettings } from './settings-schema.ts'

export interface SettingsRequest {
  readonly environment: Environment
  readonly flags: SettingsFlags
  /** Relative paths, of files and in settings, are below it. */
  readonly workingDirectory: string
  /** Services that are there besides, where the sources describe none but the one that the defaults do. */
  readonly besides?: readonly RawMap[]
}

export interface Checked {
  readonly problems: readonly SettingsProblem[]
  /** Undefined where the values are not what they should be. */
  readonly written: WrittenSettings | undefined
  /** What `ssl-ca` names. */
  readonly authorities: string | undefined
}

/** Lays the other sources over what the file has, in place, and checks what comes of it. */
export function checkLayers(
  layers: Layers,
  { environment, flags, workingDirectory, besides }: SettingsRequest,
): Checked {
  const problems = [
    ...findSecretsGivenTwice(layers),
    ...layOver(layers, [...readEnvironment(environment), ...readFlags(flags)]),
  ]
  if (besides !== undefined) layBeside(layers, besides)
  problems.push(...readSecretFiles(layers, workingDirectory))
  const { authorities, problems: found } = readAuthorities(layers, workingDirectory)
  problems.push(...found)
  const { data, error } = settingsSchema.safeParse(layers.values)
  if (error !== undefined) problems.push(...describeIssues(error, layers))
  return { problems, written: data, authorities }
}
