import type { LineCounter, YAMLError } from 'yaml'
import type { SettingsProblem } from './settings-error.ts'

export type FaultCode = YAMLError['code'] | 'LOST_ALIAS' | 'OTHER_VERSION' | 'NO_MAP' | 'TOO_MANY_ALIASES'

export interface Fault {
  readonly code: FaultCode
  /** Where in the text it begins. */
  readonly offset: number
}

const wellFormed = 'well-formed YAML with each setting once'
const map = 'a map of settings'

/** Our own, because the parser's quote the text, secrets and all. */
const words: Partial<Record<FaultCode, readonly [found: string, wanted: string]>> = {
  DUPLICATE_KEY: ['a setting that the same map has already', wellFormed],
  MULTIPLE_DOCS: ['a second document', wellFormed],
  NON_STRING_KEY: ['a key that is not a name', wellFormed],
  TAB_AS_INDENT: ['a tab as indentation', wellFormed],
  BAD_INDENT: ['a wrong indentation', wellFormed],
  BAD_DQ_ESCAPE: ['an unknown escape between double quotes', wellFormed],
  BLOCK_AS_IMPLICIT_KEY: ['a second colon on a line, or a wrong indentation', wellFormed],
  MISSING_CHAR: ['a missing quote, bracket or comma', wellFormed],
  TAG_RESOLVE_FAILED: ['an unknown tag', wellFormed],
  BAD_COLLECTION_TYPE: ['a tag of something else', wellFormed],
  RESOURCE_EXHAUSTION: ['too many maps or lists inside each other', map],
  BAD_DIRECTIVE: ['an unknown directive', 'none, or %YAML 1.2'],
  OTHER_VERSION: ['another version of YAML', 'none, or %YAML 1.2'],
  LOST_ALIAS: ['an alias (*name) that has no anchor (&name) before it', wellFormed],
  TOO_MANY_ALIASES: ['aliases that multiply beyond all settings', map],
  NO_MAP: ['something else', map],
}

export function describeFault({ code, offset }: Fault, path: string, lines: LineCounter): SettingsProblem {
  const { line, col } = lines.linePos(offset)
  const [found, wanted] = words[code] ?? ['text that is no YAML', wellFormed]
  return { name: `${path}:${line}:${col}`, found, wanted }
}

/** What leaves the document readable: with it the rest is checked as well. */
const harmless: readonly FaultCode[] = [
  ...(['DUPLICATE_KEY', 'NON_STRING_KEY', 'TAG_RESOLVE_FAILED', 'BAD_COLLECTION_TYPE', 'BAD_DIRECTIVE'] as const),
  ...(['LOST_ALIAS', 'OTHER_VERSION'] as const),
]

export function isReadable(faults: readonly Fault[]): boolean {
  return faults.every(({ code }) => harmless.includes(code))
}

/** Of a text that cannot be read: the parser stumbles on over the rest of a line, and over everything where it is too deep. */
export function withoutConsequences(faults: readonly Fault[], lines: LineCounter): readonly Fault[] {
  const tooDeep = faults.find(({ code }) => code === 'RESOURCE_EXHAUSTION')
  if (tooDeep !== undefined) return [tooDeep]
  const lineOf = ({ offset }: Fault) => lines.linePos(offset).line
  return faults.filter((fault, index) => faults.findIndex((other) => lineOf(other) === lineOf(fault)) === index)
}
