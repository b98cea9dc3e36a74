import type { FindKey, KeyVerdict } from '../chat/caller.ts'
import { ownerId } from '../chat/key-admin.ts'
import type { KeyFailure } from './describe-failure.ts'
import { createKeyCopy, type KeyCopy } from './key-copy.ts'
import { hashKey, isPresentable, looksLikeKey } from './key-format.ts'
import type { KeyLog } from './key-log.ts'
import type { KeyStore } from './key-store.ts'
import { createReadingLog } from './reading-log.ts'
import { createSnapshotKeeper } from './snapshot-keeper.ts'
import { createStoreReader } from './store-reader.ts'
import { createSyncLoop } from './sync-loop.ts'

/** Every key in memory, kept in step with its store in the background, so that no request waits for a database. */
export interface KeyRing {
  readonly find: FindKey
  /** Takes the copy on disk, then keeps reading the store. Resolves once the copy on disk has been looked at. */
  start(): Promise<void>
  /** Resolves when nothing runs any more; what is known is known still. */
  stop(): Promise<void>
  state(): KeyRingState
  /** Resolves when there are keys to go by, from the store or the copy on disk. */
  whenReady(): Promise<void>
  /** Resolves when the first look at the store is over, whatever came of it. */
  whenAsked(): Promise<void>
}

export interface KeyRingState {
  readonly word: KeysWord
  readonly keys: number
  /** When the store was last read, in milliseconds since 1970. */
  readonly lastSyncAtMs: number | null
  readonly failure: KeyFailure | null
}

/**
 * `fresh`: the last look at the store worked. `stale`: it did not, and the copy still counts. `expired`: the copy is too
 * old to count. `waiting`: there has been no copy yet.
 */
export type KeysWord = 'waiting' | 'fresh' | 'stale' | 'expired'

export interface KeyRingParts {
  readonly store: KeyStore
  adminKeyHash(): string
  /** Counted from the start of a look to the start of the next. */
  readonly syncEveryMs: number
  /** How long known keys keep working while the store cannot be asked. */
  readonly staleMaxMs: number
  /** Where hashes are kept for a start without the database; without it there is no such copy. */
  readonly snapshotPath?: string
  readonly log: KeyLog
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds of a clock that nobody sets: ages must not jump with the time of day. */
  monotonicNow(): number
}

export function createKeyRing(parts: KeyRingParts): KeyRing {
  const { store } = parts
  const copy = createKeyCopy(parts)
  const snapshots = createSnapshotKeeper({ ...parts, path: parts.snapshotPath, identity: store.identity })
  const log = createReadingLog(parts.log, store.describe())
  const ready = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const reader = createStoreReader({
    ...parts,
    async onReading(reading, { readAtMs, tookMs }) {
      const snapshot = { readAtMs, records: reading.records }
      await copy.replace(snapshot)
      ready.resolve()
      log.succeeded(reading, tookMs)
      snapshots.keep(snapshot)
    },
    onFailure: (failure) => log.failed(failure, word()),
  })
  const word = () => wordOf(copy, reader.canBeAsked)
  const loop = createSyncLoop({
    everyMs: parts.syncEveryMs,
    attempt: (within) => reader.read(within).finally(asked.resolve),
  })
  return {
    find: createFind(parts, copy, word),
    async start() {
      const snapshot = await snapshots.load()
      if (snapshot !== undefined) {
        await copy.replace(snapshot)
        ready.resolve()
        log.warmedUp(snapshot)
      }
      loop.start()
    },
    async stop() {
      await loop.stop()
      await snapshots.whenIdle()
    },
    state: () => ({ word: word(), keys: copy.keys, lastSyncAtMs: copy.readAtMs, failure: reader.failure }),
    whenReady: () => ready.promise,
    whenAsked: () => asked.promise,
  }
}

function wordOf({ age }: KeyCopy, canBeAsked: boolean): KeysWord {
  if (age === 'none') return 'waiting'
  if (age === 'too-old') return 'expired'
  return canBeAsked ? 'fresh' : 'stale'
}

const unknown: KeyVerdict = { outcome: 'refused', reason: 'unknown' }
const unavailable: KeyVerdict = { outcome: 'unavailable' }
const administrator: KeyVerdict = {
  outcome: 'accepted',
  caller: { keyId: ownerId, keyName: ownerId, services: 'all', admin: true, role: 'admin' },
}

/** One hash and one look into a map, for right and for wrong keys alike; the presented key is not kept. */
function createFind({ store, adminKeyHash }: KeyRingParts, copy: KeyCopy, word: () => KeysWord): FindKey {
  return (presented) => {
    if (!isPresentable(presented)) return unknown
    const hash = hashKey(presented)
    if (hash === adminKeyHash()) return administrator
    const storedHash = store.algorithm === 'sha256' ? hash : hashKey(presented, store.algorithm)
    const verdict = copy.judge(storedHash)
    if (verdict !== undefined) return verdict
    if (word() === 'fresh') return unknown
    const isMalformed = store.holdsOurFormatOnly && !looksLikeKey(presented)
    return isMalformed ? unknown : unavailable
  }
}
