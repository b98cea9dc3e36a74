import type { ShownKey } from '../chat/key-shapes.ts'
import { printTable } from './output.ts'

export function tellKeys(keys: readonly ShownKey[]): void {
  const rows = keys.map(({ id, name, role, hint, services, expires_at: expires, state }) => [
    id,
    name,
    role,
    hint === null ? '' : `…${hint}`,
    services === 'all' ? 'all' : services.join(' '),
    expires ?? 'never',
    state,
  ])
  printTable(['ID', 'NAME', 'ROLE', 'ENDS IN', 'SERVICES', 'EXPIRES', 'STATE'], rows)
}
