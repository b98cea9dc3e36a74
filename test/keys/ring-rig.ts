import { DatabaseError } from '../../src/database/database-error.ts'
import { createKey, hashKey } from '../../src/keys/key-format.ts'
import type { KeyLog } from '../../src/keys/key-log.ts'
import { createKeyRing, type KeyRing, type KeyRingParts } from '../../src/keys/key-ring.ts'
import type { KeyRecord, KeyStore } from '../../src/keys/key-store.ts'

export const adminKey = 'the administrator is me'

/** A store whose owner decides what a reading gives. */
export interface ScriptedStore extends KeyStore {
  readings: number
  problems: readonly string[]
  /** Resolves with the key itself. */
  add(record?: Partial<KeyRecord>): string
  change(key: string, record: Partial<KeyRecord>): void
  remove(key: string): void
  /** From now on readings end so. */
  behave(how: 'answers' | 'fails' | 'hangs', failure?: Error): void
}

export function createScriptedStore(traits: Partial<KeyStore> = {}): ScriptedStore {
  const records = new Map<string, KeyRecord>()
  const algorithm = traits.algorithm ?? 'sha256'
  let behaviour: () => Promise<void> = async () => {}
  return {
    algorithm,
    holdsOurFormatOnly: true,
    identity: 'scripted',
    readings: 0,
    problems: [],
    describe: () => 'keys in a test',
    ...traits,
    async readAll() {
      this.readings++
      await behaviour()
      return { records: [...records.values()], problems: this.problems }
    },
    add(record = {}) {
      const key = createKey()
      const plain = {
        name: 'Ada',
        id: `key_${records.size}`,
        services: ['gemma4'],
        expiresAtMs: null,
        isRevoked: false,
      }
      records.set(key, { hash: hashKey(key, algorithm), ...plain, ...record })
      return key
    },
    change(key, record) {
      const known = records.get(key)
      if (known === undefined) throw new Error('There is no such key.')
      records.set(key, { ...known, ...record })
    },
    remove: (key) => void records.delete(key),
    behave(how, failure = new DatabaseError('ECONNREFUSED')) {
      const answers = async () => {}
      const fails = async () => {
        throw failure
      }
      behaviour = { answers, fails, hangs: () => new Promise<void>(() => {}) }[how]
    },
  }
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

export function createMemoryLog(): KeyLog & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

/** Clocks that run as usual, and can be put forward. */
export function createClocks() {
  let wallMs = 0
  let monotonicMs = 0
  return {
    now: () => Date.now() + wallMs,
    monotonicNow: () => performance.now() + monotonicMs,
    /** Time passes. */
    pass(ms: number) {
      wallMs += ms
      monotonicMs += ms
    },
    /** Somebody sets the time of day. */
    setForward(ms: number) {
      wallMs += ms
    },
  }
}

export function createTestRing(parts: Pick<KeyRingParts, 'store'> & Partial<KeyRingParts>): KeyRing {
  return createKeyRing({
    adminKeyHash: () => hashKey(adminKey),
    syncEveryMs: 20,
    staleMaxMs: 60_000,
    log: createMemoryLog(),
    ...createClocks(),
    ...parts,
  })
}
