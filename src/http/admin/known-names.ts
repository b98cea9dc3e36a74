import { invalidField } from '../../chat/describe-mismatch.ts'
import type { KeyChange } from '../../chat/key-shapes.ts'
import { nearestName } from '../../wire/nearest-name.ts'

/** What keys may name. Models are not among them: a model server may have others tomorrow. */
export interface KnownNames {
  readonly services: readonly string[]
  readonly dialects: readonly string[]
}

/** A name that does not exist would grant nothing, and nobody would notice. Throws `invalid-request`. */
export function requireKnownNames(known: KnownNames, change: KeyChange): void {
  for (const field of ['services', 'dialects'] as const) {
    const names = change[field]
    if (names === undefined || names === 'all') continue
    const index = names.findIndex((name) => !known[field].includes(name))
    const name = names[index]
    if (name === undefined) continue
    const wanted = `one of ${known[field].join(', ')}`
    const nearest = nearestName(name, known[field])
    throw invalidField(
      `${field}[${index}]`,
      'an unknown name',
      nearest === undefined ? wanted : `${wanted}; the nearest is ${nearest}`,
    )
  }
}
