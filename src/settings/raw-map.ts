/** A map of settings as a source wrote it, before any check. */
export type RawMap = Record<string, unknown>

export function isRawMap(value: unknown): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where a value is in the file, as `['services', 0, 'places']`. */
export type SettingPath = readonly PropertyKey[]

/** `services[0].places`. */
export function formatPath(path: SettingPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('')
}

/** Whether a setting, by its formatted path, is another one or a part of it. */
export function isWithin(name: string, outer: string): boolean {
  return name === outer || name.startsWith(`${outer}.`) || name.startsWith(`${outer}[`)
}

export function valueAt(value: unknown, path: SettingPath): unknown {
  let inner = value
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined
    inner = Reflect.get(inner, step)
  }
  return inner
}
