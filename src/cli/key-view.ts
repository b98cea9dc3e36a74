import type { ShownKey } from '../chat/key-shapes.ts'
import { type FormatFlags, printRows } from './print-rows.ts'

export type KeyListFlags = FormatFlags

export function tellKeys(keys: readonly ShownKey[], format: FormatFlags): void {
  printRows(keys, format, {
    id: ({ id }) => id,
    name: ({ name }) => name,
    role: ({ role }) => role,
    ends_in: ({ hint }) => (hint === null ? '' : `…${hint}`),
    services: ({ services }) => (services === 'all' ? 'all' : services.join(' ')),
    expires: ({ expires_at: expires }) => expires ?? 'never',
    last_used: ({ last_used_at: used }) => used ?? 'never',
    state: ({ state }) => state,
  })
}
