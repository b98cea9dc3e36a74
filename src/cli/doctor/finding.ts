/** What was looked at, and how it is. */
export interface Finding {
  readonly about: string
  /** `unsure`: it works, and perhaps not as it should. */
  readonly state: 'good' | 'unsure' | 'bad'
  readonly found: string
  /** What to do about it. */
  readonly fix?: string
}
