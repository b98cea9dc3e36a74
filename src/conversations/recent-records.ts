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
  /** Could not be saved: all others that are not in the database come first. */
  postpone(record: HeldRecord): void
  /** The oldest that is not in the database. */
  nextUnsaved(): HeldRecord | undefined
}

export interface RecentLimits {
  readonly bytesMax: number
  readonly bytesPerOwnerMax: number
}

/** What one owner has, in the order in which it came. */
interface Share {
  readonly keys: Set<string>
  bytes: number
}

/** About what a record takes beside its text, so that many small ones have a bound too. */
const recordBytes = 1024

export function createRecentRecords({ bytesMax, bytesPerOwnerMax }: RecentLimits, now: () => number): RecentRecords {
  // Maps tell their entries in the order in which they came: the oldest first.
  const records = new Map<string, HeldRecord>()
  const unsaved = new Map<string, HeldRecord>()
  const shares = new Map<string, Share>()
  let bytes = 0

  function shareOf(owner: string): Share {
    const share = shares.get(owner) ?? { keys: new Set(), bytes: 0 }
    shares.set(owner, share)
    return share
  }

  function forget(key: string): boolean {
    const record = records.get(key)
    if (record === undefined) return false
    records.delete(key)
    unsaved.delete(key)
    bytes -= record.bytes + recordBytes
    const share = shareOf(record.owner)
    share.bytes -= record.bytes
    share.keys.delete(key)
    if (share.keys.size === 0) shares.delete(record.owner)
    return true
  }

  /** Only what goes is looked at, and one that stays: this happens for every answer that is kept. */
  function makeRoom(share: Share): void {
    for (const key of share.keys) {
      if (share.bytes <= bytesPerOwnerMax) break
      forget(key)
    }
    for (const [key, { expiresAtMs }] of records) {
      if (bytes <= bytesMax && expiresAtMs > now()) break
      forget(key)
    }
  }

  return {
    add(record) {
      const key = keyOf(record.owner, record.id)
      forget(key)
      records.set(key, record)
      unsaved.set(key, record)
      bytes += record.bytes + recordBytes
      const share = shareOf(record.owner)
      share.keys.add(key)
      share.bytes += record.bytes
      makeRoom(share)
    },
    find(owner, id) {
      const found = records.get(keyOf(owner, id))
      return found !== undefined && found.expiresAtMs > now() ? found : undefined
    },
    isUnsaved: (owner, id) => unsaved.has(keyOf(owner, id)),
    remove: (owner, id) => forget(keyOf(owner, id)),
    markSaved: (record) => void unsaved.delete(keyOf(record.owner, record.id)),
    postpone(record) {
      const key = keyOf(record.owner, record.id)
      if (unsaved.delete(key)) unsaved.set(key, record)
    },
    nextUnsaved: () => unsaved.values().next().value,
  }
}

function keyOf(owner: string, id: string): string {
  return `${owner} ${id}`
}
