import type { HeldRecord } from './held-record.ts'

/** The newest records in memory: what a database that is away would have to tell, and what it was not told yet. */
export interface RecentRecords {
  /** Makes room by forgetting the oldest, saved or not. */
  add(record: HeldRecord): void
  find(owner: string, id: string): HeldRecord | undefined
  isUnsaved(owner: string, id: string): boolean
  /** False where it was not there. */
  remove(owner: string, id: string): boolean
  markSaved(record: HeldRecord): void
  /** The oldest that is not in the database. */
  nextUnsaved(): HeldRecord | undefined
}

export interface RecentLimits {
  readonly bytesMax: number
  readonly bytesPerOwnerMax: number
}

export function createRecentRecords({ bytesMax, bytesPerOwnerMax }: RecentLimits, now: () => number): RecentRecords {
  // Maps tell their entries in the order in which they came: the oldest first.
  const records = new Map<string, HeldRecord>()
  const unsaved = new Map<string, HeldRecord>()
  const bytesOf = new Map<string, number>()
  let bytes = 0

  function forget(key: string, record: HeldRecord): void {
    records.delete(key)
    unsaved.delete(key)
    bytes -= record.bytes
    const left = (bytesOf.get(record.owner) ?? 0) - record.bytes
    if (left <= 0) bytesOf.delete(record.owner)
    else bytesOf.set(record.owner, left)
  }

  function makeRoom(owner: string): void {
    for (const [key, record] of records) {
      const isOver = bytes > bytesMax || (record.owner === owner && (bytesOf.get(owner) ?? 0) > bytesPerOwnerMax)
      if (isOver || record.expiresAtMs <= now()) forget(key, record)
    }
  }

  return {
    add(record) {
      const key = keyOf(record.owner, record.id)
      records.set(key, record)
      unsaved.set(key, record)
      bytes += record.bytes
      bytesOf.set(record.owner, (bytesOf.get(record.owner) ?? 0) + record.bytes)
      makeRoom(record.owner)
    },
    find(owner, id) {
      const found = records.get(keyOf(owner, id))
      return found !== undefined && found.expiresAtMs > now() ? found : undefined
    },
    isUnsaved: (owner, id) => unsaved.has(keyOf(owner, id)),
    remove(owner, id) {
      const key = keyOf(owner, id)
      const found = records.get(key)
      if (found !== undefined) forget(key, found)
      return found !== undefined
    },
    markSaved: (record) => void unsaved.delete(keyOf(record.owner, record.id)),
    nextUnsaved: () => unsaved.values().next().value,
  }
}

function keyOf(owner: string, id: string): string {
  return `${owner} ${id}`
}
