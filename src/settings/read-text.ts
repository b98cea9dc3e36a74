import { readFileSync } from 'node:fs'

/** A file's text, or why there is none: a code such as ENOENT, because the system's own words repeat the path. */
export type ReadText = { readonly content: string; readonly failure?: undefined } | { readonly failure: string }

export function readText(path: string): ReadText {
  try {
    return { content: readFileSync(path, 'utf8') }
  } catch (thrown) {
    return { failure: thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error' }
  }
}
