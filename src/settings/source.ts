import { formatPath, type SettingPath } from './raw-map.ts'

/** Where a value came from. */
export interface Source {
  readonly from: 'default' | 'file' | 'environment' | 'flag'
  /** The variable, the flag, or the setting in the file whose file held a secret. */
  readonly name?: string
  /** Of the file. */
  readonly line?: number
}

/** Sources by formatted path; what is not there has its default. */
export type Origins = Map<string, Source>

/** The source of a value or of what it is part of: the list that one variable set has no source for each item. */
export function originOf(origins: ReadonlyMap<string, Source>, path: SettingPath): Source {
  for (let length = path.length; length > 0; length--) {
    const source = origins.get(formatPath(path.slice(0, length)))
    if (source !== undefined) return source
  }
  return { from: 'default' }
}
