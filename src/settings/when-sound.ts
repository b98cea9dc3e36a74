import type * as z from 'zod'
import { isRawMap, type SettingPath } from './raw-map.ts'

/** In a path, each item of a list. */
export const anyItem = Symbol('any item')

/**
 * For checks of one value against another: they run whenever what they compare was read without a problem, so that a
 * problem elsewhere does not hide theirs.
 */
export function whenSound(...compared: readonly SettingPath[]) {
  return ({ value, issues }: z.core.ParsePayload): boolean =>
    isRawMap(value) &&
    !issues.filter(spoils).some(({ path = [] }) => compared.some((subject) => overlaps(path, subject)))
}

/** A name too many leaves the values that are known as they are. */
function spoils({ code }: z.core.$ZodRawIssue): boolean {
  return code !== 'unrecognized_keys'
}

function overlaps(path: SettingPath, subject: SettingPath): boolean {
  return subject.slice(0, path.length).every((step, index) => step === anyItem || step === path[index])
}
