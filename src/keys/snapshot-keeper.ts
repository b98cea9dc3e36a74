import type { KeyLog } from './key-log.ts'
import { readSnapshot, type Snapshot, writeSnapshot } from './key-snapshot.ts'
import { areSame } from './key-table.ts'

/** Keeps a snapshot on disk as young as it needs to be. */
export interface SnapshotKeeper {
  /** The snapshot that there is, unless it is too old by now. */
  load(): Promise<Snapshot | undefined>
  /** Writes in the background; what cannot be written is only missed at a start without the database. */
  keep(snapshot: Snapshot): void
  /** Resolves when nothing is being written. */
  whenIdle(): Promise<void>
}

interface SnapshotKeeperParts {
  readonly path: string | undefined
  /** Of the store that the keys come from. */
  readonly identity: string
  readonly staleMaxMs: number
  readonly log: KeyLog
  now(): number
}

/** The file's age counts from when it was read, so that it is written now and then although nothing has changed. */
const refreshMaxMs = 60_000

export function createSnapshotKeeper(parts: SnapshotKeeperParts): SnapshotKeeper {
  const { path, identity, staleMaxMs, now } = parts
  if (path === undefined) return { load: async () => undefined, keep: () => {}, whenIdle: async () => {} }
  const keep = createWriter(path, parts)
  let writing: Promise<void> | undefined
  return {
    async load() {
      const snapshot = await readSnapshot(path, identity)
      if (snapshot === undefined) return undefined
      const ageMs = now() - snapshot.readAtMs
      // A file from the future tells that a clock is wrong, so that nobody knows its age.
      return ageMs >= 0 && ageMs <= staleMaxMs ? snapshot : undefined
    },
    keep(snapshot) {
      // A disk that hangs must not hold up the reading of keys.
      writing ??= keep(snapshot).finally(() => {
        writing = undefined
      })
    },
    whenIdle: async () => writing,
  }
}

function createWriter(path: string, { identity, staleMaxMs, log }: SnapshotKeeperParts) {
  const refreshMs = Math.min(refreshMaxMs, staleMaxMs / 4)
  let written: Snapshot | undefined
  let isFailing = false
  return async (snapshot: Snapshot): Promise<void> => {
    if (written !== undefined && (await isKept(written, snapshot, refreshMs))) return
    try {
      await writeSnapshot(path, identity, snapshot)
      written = snapshot
      isFailing = false
    } catch {
      if (!isFailing) log.warn({ path }, 'the copy of the key hashes cannot be written')
      isFailing = true
    }
  }
}

async function isKept(written: Snapshot, snapshot: Snapshot, refreshMs: number): Promise<boolean> {
  const isYoung = Math.abs(snapshot.readAtMs - written.readAtMs) < refreshMs
  return isYoung && (await areSame(written.records, snapshot.records))
}
