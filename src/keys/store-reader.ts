import { DatabaseError } from '../database/database-error.ts'
import { describeFailure, type KeyFailure } from './describe-failure.ts'
import type { KeyReading, KeyStore } from './key-store.ts'
import { within } from './within.ts'

/** Asks the store for all keys, and knows whether it can be asked. */
export interface StoreReader {
  /** False before the first success, after a failure, and while an answer is overdue. */
  readonly canBeAsked: boolean
  readonly failure: KeyFailure | null
  /** Never throws; says whether it worked in the time that was given. */
  read(within: { readonly ms: number; readonly signal: AbortSignal }): Promise<boolean>
}

interface StoreReaderParts {
  readonly store: KeyStore
  now(): number
  monotonicNow(): number
  onReading(reading: KeyReading, times: { readonly readAtMs: number; readonly tookMs: number }): Promise<void>
  onFailure(failure: KeyFailure): void
}

/** An answer that is not there by now is overdue. */
export const slowMs = 1000

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
    async read({ ms, signal }) {
      const readAtMs = now()
      const startedAtMs = monotonicNow()
      askingSinceMs = startedAtMs
      try {
        const reading = await within(store.readAll(), { ms, signal }, () => new DatabaseError('DEADLINE'))
        await parts.onReading(reading, { readAtMs, tookMs: monotonicNow() - startedAtMs })
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
