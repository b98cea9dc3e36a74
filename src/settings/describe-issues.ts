import type * as z from 'zod'
import { nearestName } from '../wire/nearest-name.ts'
import type { Layers } from './layers.ts'
import type { MisfitDetails } from './misfit-details.ts'
import { formatPath, isWithin, type SettingPath, valueAt } from './raw-map.ts'
import { secretNames } from './secret-schemas.ts'
import { knownNames } from './section.ts'
import { kindsWith } from './service-schema.ts'
import type { SettingsProblem } from './settings-error.ts'
import { originOf } from './source.ts'

/** What the schema found wrong, in the operator's names and words. */
export function describeIssues(error: z.ZodError, layers: Layers): SettingsProblem[] {
  const own = error.issues.filter(({ path }) => !layers.doubtful.some((name) => isWithin(formatPath(path), name)))
  return own.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => describeUnknown([...issue.path, key], knownNames(issue.message), layers))
    }
    const details: MisfitDetails = issue.code === 'custom' ? (issue.params ?? {}) : {}
    const found = details.found ?? describeFound(valueAt(layers.values, issue.path), isSecret(issue.path))
    return [placed(issue.path, { found, wanted: issue.message, nearest: details.nearest }, layers)]
  })
}

function describeUnknown(path: SettingPath, known: readonly string[], layers: Layers): SettingsProblem {
  const name = String(path.at(-1))
  const wanted = `one of ${known.join(', ')}`
  const kinds = path.length === 3 && path[0] === 'services' ? kindsWith(name) : []
  if (kinds.length > 0) {
    const found = `a setting of services of the kind ${kinds.join(' or ')}`
    return placed(path, { found, wanted, nearest: undefined }, layers)
  }
  return placed(path, { found: 'an unknown setting', wanted, nearest: nearestName(name, known) }, layers)
}

interface Finding {
  readonly found: string
  readonly wanted: string
  readonly nearest: string | undefined
}

function placed(path: SettingPath, { found, wanted, nearest }: Finding, { origins }: Layers): SettingsProblem {
  const { name = formatPath(path), line } = originOf(origins, path)
  return {
    name,
    found,
    wanted,
    ...(line === undefined ? {} : { line }),
    ...(nearest === undefined ? {} : { nearest }),
  }
}

function isSecret(path: SettingPath): boolean {
  return secretNames.some((name) => path.at(-1) === name || path.at(-1) === `${name}File`)
}

const shownMax = 80

function describeFound(value: unknown, isSecretValue: boolean): string {
  if (value === undefined || value === null) return 'nothing'
  if (value === '') return 'an empty value'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'a map'
  if (isSecretValue) return typeof value === 'string' ? `a secret of ${value.length} characters` : `a ${typeof value}`
  return typeof value === 'string' ? quote(value) : String(value)
}

/** An address is shown without the credentials before its host. */
function quote(text: string): string {
  const masked = text.replace(/^(\w+:\/\/)?.*@/s, '$1***@')
  return JSON.stringify(masked.length > shownMax ? `${masked.slice(0, shownMax)}…` : masked)
}
