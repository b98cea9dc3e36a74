/** What is kept of one conversation. */
export interface HeldRecord {
  /** Tells keys apart without naming them. */
  readonly owner: string
  readonly id: string
  readonly text: string
  /** Of the text in UTF-8. */
  readonly bytes: number
  /** Milliseconds since 1970 in UTC. */
  readonly createdAtMs: number
  readonly expiresAtMs: number
}
