import { describeWord, invalidField } from '../chat/describe-mismatch.ts'
import { dialectNames } from '../chat/dialect-names.ts'
import type { KeyAdmin } from '../chat/key-admin.ts'
import type { KeyChange } from '../chat/key-shapes.ts'
import { nearestName } from '../wire/nearest-name.ts'

/** Keys that name only services and dialects that there are, whoever makes or changes them. */
export function withKnownNames(keys: KeyAdmin, services: readonly string[]): KeyAdmin {
  return {
    ...keys,
    async create(draft, actor) {
      requireKnownNames(draft, services)
      return keys.create(draft, actor)
    },
    async update(id, change, actor) {
      requireKnownNames(change, services)
      return keys.update(id, change, actor)
    },
  }
}

/**
 * A name that does not exist would grant nothing, and nobody would notice. Models are not looked at: a model server may
 * have others tomorrow. Throws `invalid-request`.
 */
function requireKnownNames({ services, dialects }: KeyChange, knownServices: readonly string[]): void {
  requireAmong('services', services, knownServices)
  requireAmong('dialects', dialects, dialectNames)
}

function requireAmong(field: string, names: KeyChange['services'], known: readonly string[]): void {
  if (names === undefined || names === 'all') return
  const index = names.findIndex((name) => !known.includes(name))
  const name = names[index]
  if (name !== undefined) throw invalidField(`${field}[${index}]`, describeWord(name), wantedFor(name, known))
}

function wantedFor(name: string, known: readonly string[]): string {
  const wanted = `one of ${known.join(', ')}`
  if (name === 'all') return `${wanted}; "all" stands alone`
  const nearest = nearestName(name, known)
  return nearest === undefined ? wanted : `${wanted}; the nearest is ${nearest}`
}
