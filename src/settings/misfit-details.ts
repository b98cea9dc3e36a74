/** What a custom issue can say beyond what is wanted. */
export interface MisfitDetails {
  readonly found?: string
  readonly nearest?: string | undefined
}
