import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLError,
} from 'yaml'
import { formatPath, isRawMap, type RawMap, type SettingPath } from './raw-map.ts'
import type { SettingsProblem } from './settings-error.ts'
import type { Origins } from './source.ts'

export interface ParsedText {
  readonly values: RawMap
  /** The line of each value. */
  readonly origins: Origins
  readonly problems: readonly SettingsProblem[]
}

/** Reads YAML. What is wrong with it is told in our own words, because the parser's quote the text, secrets and all. */
export function parseSettingsText(text: string, path: string): ParsedText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: 'error' })
  const faults = [...document.errors, ...document.warnings].map((error) => faultOf(error, path, lines))
  if (faults.length > 0) return nothingBut(firstOfEachLine(faults))
  const values = toValues(document)
  if (isRawMap(values)) return { values, origins: readOrigins(document, lines), problems: [] }
  const { line, col } = lines.linePos(document.contents?.range?.[0] ?? 0)
  const found = values === undefined ? 'an alias (*name) that has no anchor (&name) before it' : 'something else'
  return nothingBut([fault(`${path}:${line}:${col}`, found, 'a map of settings')])
}

function nothingBut(problems: readonly SettingsProblem[]): ParsedText {
  return { values: {}, origins: new Map(), problems }
}

function fault(name: string, found: string, wanted: string): SettingsProblem {
  return { name, found, wanted }
}

const faultWords: Partial<Record<YAMLError['code'], string>> = {
  DUPLICATE_KEY: 'a setting that the same map has already',
  MULTIPLE_DOCS: 'a second document',
  NON_STRING_KEY: 'a key that is not a name',
  TAB_AS_INDENT: 'a tab as indentation',
  BAD_INDENT: 'a wrong indentation',
  BAD_DQ_ESCAPE: 'an unknown escape between double quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon on a line, or a wrong indentation',
  MISSING_CHAR: 'a missing quote, bracket or comma',
  TAG_RESOLVE_FAILED: 'an unknown tag',
}

function faultOf({ code, pos }: YAMLError, path: string, lines: LineCounter): SettingsProblem & { line: number } {
  const { line, col } = lines.linePos(pos[0])
  const found = faultWords[code] ?? 'text that is no YAML'
  return { ...fault(`${path}:${line}:${col}`, found, 'well-formed YAML with each setting once'), line }
}

/** The parser stumbles on over the rest of a line. */
function firstOfEachLine(faults: readonly (SettingsProblem & { line: number })[]): SettingsProblem[] {
  const firsts = faults.filter(({ line }, index) => faults.findIndex((other) => other.line === line) === index)
  return firsts.map(({ name, found, wanted }) => fault(name, found, wanted))
}

/** Undefined for aliases without an anchor, and for so many that they can only be meant to fill the memory. */
function toValues(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    return undefined
  }
}

/** Settings are not nested any deeper; an alias inside its own anchor is, without an end. */
const depthMax = 16

/** The line of each setting's name, and of each item of a list. */
function readOrigins(document: Document, lines: LineCounter): Origins {
  const origins: Origins = new Map()
  const visit = (node: unknown, path: SettingPath): void => {
    if (path.length === depthMax) return
    for (const [step, named, value] of childrenOf(isAlias(node) ? node.resolve(document) : node)) {
      const inner = [...path, step]
      origins.set(formatPath(inner), { from: 'file', line: lineOf(named, lines) })
      visit(value, inner)
    }
  }
  visit(document.contents, [])
  return origins
}

/** Of each child the step to it, the node that shows where it begins, and its value. */
function childrenOf(node: unknown): (readonly [step: string | number, named: unknown, value: unknown])[] {
  if (isSeq(node)) return node.items.map((item, index) => [index, item, item])
  if (!isMap(node)) return []
  return node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), key, value])
}

function lineOf(node: unknown, lines: LineCounter): number {
  return lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0).line
}
