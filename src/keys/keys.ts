import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FindKey } from '../chat/caller.ts'
import { type KeyAdmin, ownerId } from '../chat/key-admin.ts'
import type { Database } from '../database/database.ts'
import { resolveAdminKey } from './admin-key.ts'
import type { AdoptedTable } from './adopted/adopted-table.ts'
import type { KeyLog } from './key-log.ts'
import { createKeyRing, type KeyRing, type KeyRingState, type KeysWord } from './key-ring.ts'
import { snapshotNameOf } from './key-snapshot.ts'
import { createKeyUses, type KeyUses } from './key-uses.ts'
import { openKeyAdmin } from './open-key-admin.ts'

/** What this room asks of the settings. */
export interface KeysSettings {
  /** Null has one made, whose hash is kept in the data folder. */
  readonly adminKey: string | null
  readonly dataDir: string
  readonly keys: {
    readonly syncEveryMs: number
    readonly staleMaxMs: number
    readonly table: AdoptedTable | null
  }
}

/** The credentials of the house, in one piece. */
export interface Keys {
  readonly find: FindKey
  readonly admin: KeyAdmin
  readonly state: KeysWord
  readonly generatedAdminKey: string | null
  /** Keeps the generated key, once it was shown; else the next start makes another. False: another process was faster. */
  keepGenerated(): Promise<boolean>
  details(): KeyRingState
  /** Resolves when the store has been asked, or after a second: the database does not have to be there. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface KeysParts {
  readonly database: Database
  readonly settings: KeysSettings
  readonly log: KeyLog
}

const startMs = 1000

/** Reads or makes the administrator's key. Throws when the data folder cannot be used. */
export async function openKeys({ database, settings, log }: KeysParts): Promise<Keys> {
  const { adminKey, dataDir, keys } = settings
  const admin = await resolveAdminKey({ given: adminKey, dataDir })
  await admin.prepare()
  const { store, keyAdmin } = openKeyAdmin(database, keys.table)
  // Only where the table is ours to write to.
  const uses = keys.table === null ? createKeyUses({ database, now: Date.now }) : undefined
  const ring = createKeyRing({
    store,
    adminKeyHash: admin.hash,
    syncEveryMs: keys.syncEveryMs,
    staleMaxMs: keys.staleMaxMs,
    snapshotPath: join(dataDir, snapshotNameOf(store.identity)),
    log,
    now: Date.now,
    monotonicNow: () => performance.now(),
  })
  return {
    find: uses === undefined ? ring.find : noteUses(ring.find, uses),
    admin: keyAdmin,
    get state() {
      return ring.state().word
    },
    generatedAdminKey: admin.generated,
    keepGenerated: admin.keep,
    details: ring.state,
    async start() {
      uses?.start()
      await startRing(ring)
    },
    async stop() {
      await admin.forget()
      await ring.stop()
      await uses?.stop()
    },
  }
}

function noteUses(find: FindKey, uses: KeyUses): FindKey {
  return (presented) => {
    const verdict = find(presented)
    // The administrator's own key has no row.
    if (verdict.outcome === 'accepted' && verdict.caller.keyId !== ownerId) uses.note(verdict.caller.keyId)
    return verdict
  }
}

async function startRing(ring: KeyRing): Promise<void> {
  await ring.start()
  const asked = new AbortController()
  const patience = setTimeout(startMs, undefined, { signal: asked.signal }).catch(() => {})
  await Promise.race([ring.whenAsked(), patience])
  asked.abort()
}
