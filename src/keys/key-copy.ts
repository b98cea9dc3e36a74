import type { KeyVerdict } from '../chat/caller.ts'
import type { Snapshot } from './key-snapshot.ts'
import { createKeyTable, type KeyTable } from './key-table.ts'

/** The keys as they were read last, for as long as that counts. */
export interface KeyCopy {
  readonly age: 'none' | 'usable' | 'too-old'
  readonly keys: number
  /** In milliseconds since 1970. */
  readonly readAtMs: number | null
  /** Undefined for a hash that is not known, and for all when the copy does not count. */
  judge(hash: string): KeyVerdict | undefined
  replace(snapshot: Snapshot): Promise<void>
}

interface KeyCopyParts {
  readonly staleMaxMs: number
  now(): number
  monotonicNow(): number
}

export function createKeyCopy({ staleMaxMs, now, monotonicNow }: KeyCopyParts): KeyCopy {
  let held: { readonly table: KeyTable; readonly readAtMs: number; readonly bornMs: number } | undefined
  const age = () => {
    if (held === undefined) return 'none'
    return monotonicNow() - held.bornMs <= staleMaxMs ? 'usable' : 'too-old'
  }
  return {
    get age() {
      return age()
    },
    get keys() {
      return held?.table.records.length ?? 0
    },
    get readAtMs() {
      return held?.readAtMs ?? null
    },
    judge: (hash) => (age() === 'usable' ? held?.table.judge(hash, now()) : undefined),
    async replace({ records, readAtMs }) {
      const table = await createKeyTable(records)
      held = { table, readAtMs, bornMs: monotonicNow() - Math.max(0, now() - readAtMs) }
    },
  }
}
