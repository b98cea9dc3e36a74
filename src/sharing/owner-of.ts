import type { Visit } from '../chat/visit.ts'

/** Who takes turns with others. A person counts by themselves where the key is trusted to say who it is. */
export function ownerOf({ caller, endUser }: Pick<Visit, 'caller' | 'endUser'>): string {
  return endUser == null ? caller.keyId : `${caller.keyId} ${endUser}`
}
