import { type FaultName, parseFault } from '../faults/fault.ts'
import { badRequest } from '../request/vllm-error.ts'

/** What a client scripted with `[[…]]` in its last message. */
export interface Directives {
  readonly content: string | null
  readonly reasoning: string | null
  /** Arguments as they were written, also where they are no JSON; null where there were none. */
  readonly calls: readonly { readonly name: string; readonly arguments: string | null }[]
  readonly merge: boolean
  readonly faults: readonly (readonly [FaultName, number])[]
}

export const noDirectives: Directives = { content: null, reasoning: null, calls: [], merge: false, faults: [] }

type Written = { -readonly [Name in keyof Directives]: Directives[Name] }

/** What directs the `tries`-th time that the same is asked: what stands after the last `[[try N]]` with N up to it. */
export function directingText(text: string, tries: number): string {
  let from = 0
  for (const match of text.matchAll(/\[\[try (\d+)\]\]/g)) {
    if (Number(match[1]) > tries) return text.slice(from, match.index)
    from = match.index + match[0].length
  }
  return text.slice(from)
}

/** @throws VllmError where a directive has no such fault; unknown directives are plain text. */
export function readDirectives(text: string): Directives {
  if (!text.includes('[[')) return noDirectives
  const directives: Written = { ...noDirectives }
  const opening = /\[\[([a-z]+)(?=[\s\]])/g
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const end = findEnd(text, opening.lastIndex)
    if (end === -1) break
    apply(directives, match[1] ?? '', text.slice(opening.lastIndex, end).replace(/^\s/, ''))
    opening.lastIndex = end + 2
  }
  return directives
}

/** Behind as many `]]` as this, JSON is not looked for: each time all of it is parsed. */
const endsMax = 1000

/** The first `]]` before which JSON, if there is any, is complete; failing that, the first `]]`. */
function findEnd(text: string, from: number): number {
  const first = text.indexOf(']]', from)
  const json = jsonStart(text, from)
  if (json === -1 || json > first) return first
  let end = first
  for (let tries = 0; end !== -1 && tries < endsMax; tries += 1) {
    if (parses(text.slice(json, end))) return end
    end = text.indexOf(']]', end + 1)
  }
  return first
}

function jsonStart(text: string, from: number): number {
  const called = /^\s+[^\s{[\]]+\s+(?=[{[])/.exec(text.slice(from, from + 200))
  return called === null ? -1 : from + called[0].length
}

function parses(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

function apply(directives: Written, name: string, argument: string): void {
  if (name === 'say') directives.content = (directives.content ?? '') + argument
  else if (name === 'think') directives.reasoning = (directives.reasoning ?? '') + argument
  else if (name === 'words') sayWords(directives, Number(argument))
  else if (name === 'leak') directives.content = (directives.content ?? '') + asWritten(argument)
  else if (name === 'merge') directives.merge = true
  else if (name === 'call') directives.calls = [...directives.calls, readCall(argument)]
  else if (name === 'fault') directives.faults = [...directives.faults, readFault(argument)]
}

/** In one message: about as many characters as 100,000 words have. */
const contentMax = 700_000
const wordsMax = 99_999

function sayWords(directives: Written, count: number): void {
  const said = directives.content ?? ''
  const wanted = Number.isInteger(count) && count > 0 && said.length < contentMax ? count : 0
  const words = Array.from({ length: Math.min(wanted, wordsMax) }, (_, index) => `w${index + 1}`)
  directives.content = said + words.join(' ')
}

/** Without the zero-width spaces that a gateway puts into control tokens. */
function asWritten(text: string): string {
  return text.replaceAll('\u200b', '')
}

function readCall(argument: string): Directives['calls'][number] {
  const [, name = '', json = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument.trim()) ?? []
  return { name, arguments: json === '' ? null : json }
}

function readFault(argument: string): readonly [FaultName, number] {
  try {
    return parseFault(argument)
  } catch (thrown) {
    throw badRequest(thrown instanceof Error ? thrown.message : String(thrown))
  }
}
