import { existsSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Layers } from './layers.ts'
import { formatPath, isRawMap, type RawMap, type SettingPath } from './raw-map.ts'
import { readText } from './read-text.ts'
import { secretNames } from './secret-schemas.ts'
import type { SettingsProblem } from './settings-error.ts'
import { originOf } from './source.ts'

/** A secret in one of its two forms, or in both. */
interface SecretSlot {
  readonly holder: RawMap
  readonly name: string
  readonly path: SettingPath
  readonly filePath: SettingPath
}

function findSlots(values: RawMap): SecretSlot[] {
  const services = Array.isArray(values['services']) ? values['services'] : []
  const holders = [
    { holder: values, at: [] },
    ...services.map((holder, index) => ({ holder, at: ['services', index] })),
  ]
  return holders.flatMap(({ holder, at }) => {
    if (!isRawMap(holder)) return []
    return secretNames.map((name) => ({ holder, name, path: [...at, name], filePath: [...at, `${name}File`] }))
  })
}

/** Secrets that the file holds and says to be in a file as well. */
export function findSecretsGivenTwice({ values, origins }: Layers): SettingsProblem[] {
  return findSlots(values)
    .filter(({ holder, name }) => isGiven(holder[name]) && isGiven(holder[`${name}File`]))
    .map(({ path, filePath }) => {
      const { line } = originOf(origins, filePath)
      const problem = {
        name: formatPath(filePath),
        found: `${formatPath(path)} set as well`,
        wanted: 'only one of the two',
      }
      return line === undefined ? problem : { ...problem, line }
    })
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Puts the content of the files that secrets are kept in where the secrets themselves would be; in place. */
export function readSecretFiles(layers: Layers, workingDirectory: string): SettingsProblem[] {
  return findSlots(layers.values).flatMap((slot) => {
    const written = slot.holder[`${slot.name}File`]
    if (typeof written !== 'string' || isGiven(slot.holder[slot.name])) return []
    const source = { name: formatPath(slot.filePath), ...originOf(layers.origins, slot.filePath) }
    if (written === '') return [{ name: source.name, found: 'an empty value', wanted: 'the path of a file' }]
    const text = readText(resolve(workingDirectory, written))
    if (text.failure !== undefined) {
      const found = `${describeFile(written, workingDirectory)}, which cannot be read (${text.failure})`
      return [{ name: source.name, found, wanted: 'a file that can be read' }]
    }
    slot.holder[slot.name] = text.content.replace(/\r?\n$/, '')
    layers.origins.set(formatPath(slot.path), source)
    return []
  })
}

/** Names the file, unless it looks like the secret itself, put in the wrong variable. */
function describeFile(written: string, workingDirectory: string): string {
  const hasFolder = written.includes('/') && existsSync(dirname(resolve(workingDirectory, written)))
  return isAbsolute(written) || hasFolder ? written : `a path of ${written.length} characters`
}
