import { createRequire } from 'node:module'

type Module = typeof import('re2js')
let loaded: Module | undefined

/** Loaded with the first, as Ajv is. */
function load(): Module {
  // It is the package's own module, whose types these are.
  loaded ??= createRequire(import.meta.url)('re2js') as Module
  return loaded
}

/**
 * What a regular expression of somebody else's matches, in time that grows with pattern and text alone. The language's own
 * may take for ever, and V8 has been seen to miss the order to end one. Throws for what cannot be matched in this way, such as
 * what looks ahead.
 */
export function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const { RE2JS } = load()
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern }
}
