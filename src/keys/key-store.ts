import type { KeyTerms } from '../chat/caller.ts'
import type { HashAlgorithm } from './key-format.ts'

/** A key as a store tells of it; never the key itself. */
export interface KeyRecord extends KeyTerms {
  /** By the store's algorithm, in lower-case hexadecimal. */
  readonly hash: string
  readonly id: string
  readonly name: string
  /** Names of services; those that do not exist grant nothing. */
  readonly services: 'all' | readonly string[]
  /** Milliseconds since 1970 in UTC; null is never. */
  readonly expiresAtMs: number | null
  readonly isRevoked: boolean
}

export interface KeyReading {
  readonly records: readonly KeyRecord[]
  /** One sentence for each kind of row that cannot be used, without a piece of its content. */
  readonly problems: readonly string[]
}

/** Where keys come from. */
export interface KeyStore {
  readonly algorithm: HashAlgorithm
  /** True where every key is one that we made, so that what only resembles one is wrong without asking. */
  readonly holdsOurFormatOnly: boolean
  /** Differs when keys would be read from elsewhere, or understood differently; tells a snapshot that is not ours. */
  readonly identity: string
  /** For people: where the keys are. */
  describe(): string
  /** Reads every key. Throws DatabaseError, SchemaVersionError and TableMismatchError. */
  readAll(): Promise<KeyReading>
}
