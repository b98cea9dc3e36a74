import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Layers } from './layers.ts'
import { type Mending, mendDocument } from './mend-document.ts'
import { formatPath, isRawMap, type SettingPath } from './raw-map.ts'
import type { SettingsProblem } from './settings-error.ts'
import type { Origins } from './source.ts'
import { describeFault, type Fault, type FaultCode, isReadable, withoutConsequences } from './yaml-faults.ts'

export interface ParsedText {
  /** Of a name that occurs more than once the first value. */
  readonly layers: Layers
  readonly problems: readonly SettingsProblem[]
}

/** Reads YAML. What can be read is there to be checked, whatever else is wrong with the text. */
export function parseSettingsText(text: string, path: string): ParsedText {
  const { faults, lines, layers } = readDocument(text)
  const problems = faults.map((fault) => describeFault(fault, path, lines))
  return layers === undefined ? textWithout(problems) : { layers, problems }
}

/** As of a text without any settings. New each time: the other sources' values are laid into it. */
export function textWithout(problems: readonly SettingsProblem[]): ParsedText {
  return { layers: { values: {}, origins: new Map(), doubtful: [] }, problems }
}

interface ReadDocument {
  readonly lines: LineCounter
  readonly faults: readonly Fault[]
  /** Undefined where the text cannot be read. */
  readonly layers?: Layers
}

function readDocument(text: string): ReadDocument {
  const { document, lines, faults, tagEnds } = parseYaml(text)
  const unreadable = (found: readonly Fault[]) => ({ lines, faults: withoutConsequences(found, lines) })
  if (!isReadable(faults)) return unreadable(faults)
  const mending = mendDocument(document, tagEnds)
  const lost = mending.lostAliases.map((offset) => ({ code: 'LOST_ALIAS', offset }) as const)
  const values = toValues(document)
  if (!isRawMap(values)) {
    const code: FaultCode = values === undefined ? 'TOO_MANY_ALIASES' : 'NO_MAP'
    return unreadable([...faults, ...lost, { code, offset: document.contents?.range?.[0] ?? 0 }])
  }
  return { lines, faults: [...faults, ...lost], layers: { values, ...walk(document, lines, mending) } }
}

interface ParsedYaml {
  readonly document: Document
  readonly lines: LineCounter
  readonly faults: readonly Fault[]
  /** Where unknown tags end. */
  readonly tagEnds: readonly number[]
}

/** Always as YAML 1.2: a directive for 1.1 would have `no` be false and `017` be 15. */
function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter()
  const options = { prettyErrors: false, stringKeys: true, logLevel: 'error' } as const
  const asWritten = parseDocument(text, { ...options, lineCounter: lines })
  const isOther = asWritten.directives?.yaml.version === '1.1'
  // As a comment it leaves everything else in its place.
  const document = isOther ? parseDocument(text.replace(/^%(?=YAML)/m, '#'), options) : asWritten
  const found = [...document.errors, ...document.warnings]
  const faults = found.map(({ code, pos }) => ({ code, offset: pos[0] }))
  const isTag = ({ code }: { code: FaultCode }) => code === 'TAG_RESOLVE_FAILED' || code === 'BAD_COLLECTION_TYPE'
  return {
    document,
    lines,
    faults: isOther ? [{ code: 'OTHER_VERSION', offset: Math.max(0, text.search(/^%YAML/m)) }, ...faults] : faults,
    tagEnds: found.filter(isTag).map(({ pos }) => pos[1]),
  }
}

/** Undefined for so many aliases that they can only be meant to fill the memory. */
function toValues(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    return undefined
  }
}

/** Settings are not nested any deeper; an alias inside its own anchor is, without an end. */
const depthMax = 16

interface Walked {
  /** The line of each setting's name, and of each item of a list. */
  readonly origins: Origins
  readonly doubtful: readonly string[]
}

function walk(document: Document, lines: LineCounter, mending: Mending): Walked {
  const origins: Origins = new Map()
  const doubtful: string[] = []
  const visit = (node: unknown, path: SettingPath): void => {
    if (path.length === depthMax) return
    for (const [step, named, value] of childrenOf(node)) {
      const inner = [...path, step]
      const name = formatPath(inner)
      const actual = isAlias(value) ? value.resolve(document) : value
      origins.set(name, { from: 'file', line: lineOf(named, lines) })
      if (mending.doubtful.has(actual)) doubtful.push(name)
      visit(actual, inner)
    }
  }
  visit(document.contents, [])
  return { origins, doubtful }
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
