import type { KeyVerdict } from '../chat/caller.ts'
import { visitInTurns } from '../wire/in-turns.ts'
import type { KeyRecord } from './key-store.ts'

/** The keys in memory, by their full hash. */
export interface KeyTable {
  readonly records: readonly KeyRecord[]
  /** Undefined for a hash that is not here. */
  judge(hash: string, nowMs: number): KeyVerdict | undefined
}

const revoked: KeyVerdict = { outcome: 'refused', reason: 'revoked' }
const expired: KeyVerdict = { outcome: 'refused', reason: 'expired' }

interface Held {
  /** What is said before the key expires; made once, so that a look-up makes nothing. */
  readonly verdict: KeyVerdict
  readonly expiresAtMs: number
}

export async function createKeyTable(records: readonly KeyRecord[]): Promise<KeyTable> {
  const held = new Map<string, Held>()
  await visitInTurns(records, (record) => held.set(record.hash, hold(record)))
  return {
    records,
    judge(hash, nowMs) {
      const found = held.get(hash)
      if (found === undefined) return undefined
      return nowMs < found.expiresAtMs ? found.verdict : expired
    },
  }
}

function hold({ hash: _, id, name, services, expiresAtMs, isRevoked, ...terms }: KeyRecord): Held {
  if (isRevoked) return { verdict: revoked, expiresAtMs: Number.POSITIVE_INFINITY }
  const allowed = services === 'all' ? services : new Set(services)
  const caller = { keyId: id, keyName: name, services: allowed, admin: terms.role === 'admin', ...terms }
  return { verdict: { outcome: 'accepted', caller }, expiresAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY }
}

/** Whether two readings hold the same; stores tell their keys in a steady order. */
export async function areSame(some: readonly KeyRecord[], others: readonly KeyRecord[]): Promise<boolean> {
  if (some.length !== others.length) return false
  let same = true
  const pairs = some.map((record, index) => [record, others[index]] as const)
  await visitInTurns(pairs, ([left, right]) => {
    same &&= right !== undefined && isSame(left, right)
  })
  return same
}

function isSame(left: KeyRecord, right: KeyRecord): boolean {
  return (
    left.hash === right.hash &&
    left.id === right.id &&
    left.name === right.name &&
    left.expiresAtMs === right.expiresAtMs &&
    left.isRevoked === right.isRevoked &&
    String(left.services) === String(right.services) &&
    termsOf(left) === termsOf(right)
  )
}

/** Most keys have none, which are then not looked at one by one. */
function termsOf({ role, models, dialects, limits, creditsMicro, trustEndUser, defaults }: KeyRecord): string {
  if (role === undefined) return ''
  return JSON.stringify([role, models, dialects, limits, creditsMicro, trustEndUser, defaults])
}
