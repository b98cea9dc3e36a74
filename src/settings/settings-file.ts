import { lstatSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Environment } from './assignments.ts'
import { configVariable, type SettingsFlags } from './named-settings.ts'
import { type ParsedText, parseSettingsText, textWithout } from './parse-settings-text.ts'
import { readText } from './read-text.ts'
import type { SettingsProblem } from './settings-error.ts'

export interface SettingsFile extends ParsedText {
  /** Absolute; null where there is no file. */
  readonly path: string | null
}

const defaultPath = 'config/gateway.yaml'

/** Reads the file that the flag or the variable names, or else the default one if it is there. */
export function readSettingsFile(
  flags: SettingsFlags,
  environment: Environment,
  workingDirectory: string,
): SettingsFile {
  const named = nameOfFile(flags, environment)
  if (named.path === '') return withoutFile([{ name: named.name, found: 'an empty value', wanted: "a file's path" }])
  const path = resolve(workingDirectory, named.path ?? defaultPath)
  if (named.path === undefined && isAbsent(path)) return withoutFile([])
  const text = readText(path)
  if (text.failure !== undefined) {
    const found = `${path}, which cannot be read (${text.failure})`
    return withoutFile([{ name: named.name, found, wanted: 'a file that can be read' }])
  }
  return { path, ...parseSettingsText(text.content, named.path ?? defaultPath) }
}

/** The flag or variable that names the file, or the default. */
function nameOfFile(flags: SettingsFlags, environment: Environment): { name: string; path: string | undefined } {
  if (flags.config !== undefined) return { name: '--config', path: flags.config }
  const path = environment[configVariable]
  return { name: path === undefined ? defaultPath : configVariable, path }
}

type Look = typeof lstatSync | typeof statSync

/**
 * Whether nobody has put a file there. One that cannot be reached is there: behind a folder that this user may not look
 * into, or a link that leads nowhere, as that of a mount that failed.
 */
function isAbsent(path: string): boolean {
  const folder = dirname(path)
  return isMissing(lstatSync, path) && isMissing(lstatSync, folder) === isMissing(statSync, folder)
}

function isMissing(look: Look, path: string): boolean {
  try {
    look(path)
    return false
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && ['ENOENT', 'ENOTDIR'].includes(String(thrown.code))
  }
}

function withoutFile(problems: readonly SettingsProblem[]): SettingsFile {
  return { path: null, ...textWithout(problems) }
}
