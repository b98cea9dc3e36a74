import { DatabaseError } from '../database/database-error.ts'
import { describeFailure, type KeyFailure } from './describe-failure.ts'
import type { KeyReading, KeyStore } from './key-store.ts'
import { within } from './within.ts'

/** Asks the store for all keys, and knows whether it can be asked. */
export interface StoreReader {
  /** False before the first success, after a failure, and while an answer is overdue. */
  readonly canBeAsked: boolean
  readonly failure: KeyFailure | null
  /** Never throws; says whether it worked. */
  read(signal: AbortSignal): Promise<boolean>
}

interface StoreReaderParts {
  readonly store: KeyStore
  now(): number
  monotonicNow(): number
  onReading(reading: KeyReading, readAtMs: number): Promise<void>
  onFailure(failure: KeyFailure): void
}

/** Longer, and a revocation could take more than 5 s to hold. A slower read goes on below, and its end is ignored. */
const readMs = 4000
/** An answer that is not there by now is overdue. */
const slowMs = 1000

export function createStoreReader(parts: StoreReaderParts): StoreReader {
  const { store, now, monotonicNow } = parts
  let lastWorked = false
  let failure: KeyFailure | null = null
  let askingSinceMs = Number.POSITIVE_INFINITY
  return {
    get canBeAsked() {
      return lastWorked && monotonicNow() - askingSinceMs <= slowMs
    },
    get failure() {
      return failure
    },
    async read(signal) {
      const readAtMs = now()
      askingSinceMs = monotonicNow()
      try {
        const reading = await within(store.readAll(), { ms: readMs, signal }, () => new DatabaseError('DEADLINE'))
        await parts.onReading(reading, readAtMs)
        failure = null
        lastWorked = true
      } catch (thrown) {
        if (!signal.aborted) {
          lastWorked = false
          failure = describeFailure(thrown)
          parts.onFailure(failure)
        }
      } finally {
        askingSinceMs = Number.POSITIVE_INFINITY
      }
      return lastWorked
    },
  }
}
