import type { ShownKey } from '../chat/key-shapes.ts'
import { printLines } from './output.ts'
import { type FormatFlags, printRows } from './print-rows.ts'
import { onOneLine } from './shown-text.ts'

export type KeyListFlags = FormatFlags

const columns = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  role: ({ role }) => role,
  ends_in: ({ hint }) => (hint === null ? '' : `…${hint}`),
  services: ({ services }) => (services === 'all' ? 'all' : services.join(' ')),
  expires: ({ expires_at: expires }) => expires ?? 'never',
  last_used: ({ last_used_at: used }) => used ?? 'never',
  state: ({ state }) => state,
} satisfies Readonly<Record<string, (key: ShownKey) => string>>

export function tellKeys(keys: readonly ShownKey[], format: FormatFlags): void {
  printRows(keys, format, columns)
}

/** What the list tells of it, and every term that is set, a line each. */
export function tellKey(key: ShownKey): void {
  const listed = Object.entries(columns).map(([name, cell]) => [name, onOneLine(cell(key))] as const)
  const terms = Object.entries(termsOf(key)).map(([name, value]) => [name, textOf(value)] as const)
  const lines = [...listed, ...terms.filter(([, text]) => text !== '')]
  const width = Math.max(...lines.map(([name]) => name.length))
  printLines(lines.map(([name, text]) => `${name.replaceAll('_', ' ').padEnd(width)}  ${text}`.trimEnd()))
}

type Term = string | number | boolean | null | readonly string[]

/** What is not set has no text. */
function termsOf({ models, dialects, limits, defaults, trust_end_user: trust, ...key }: ShownKey) {
  return {
    models: boundNames(models),
    dialects: boundNames(dialects),
    ...limits,
    credits: key.credits,
    thinking: defaults.enable_thinking,
    max_tokens: defaults.max_tokens,
    reasoning_fields: defaults.reasoning_fields,
    trust_end_user: trust === 'none' ? null : trust,
    owner: key.owner,
    tags: key.tags,
    notes: key.notes,
    created: key.created_at,
    revoked: key.revoked_at,
  } satisfies Readonly<Record<string, Term>>
}

function boundNames(names: 'all' | readonly string[]): Term {
  if (names === 'all') return null
  return names.length === 0 ? 'none' : names
}

function textOf(value: Term): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  // Notes may have lines of their own, which must not look like terms.
  return onOneLine((Array.isArray(value) ? value.join(' ') : String(value)).replaceAll(/\s+/g, ' '))
}
