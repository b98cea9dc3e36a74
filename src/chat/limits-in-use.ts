import type { KeyLimits } from './caller.ts'

/** What counts against limits at this moment: of the last minute, of the last day, and what runs. */
export type InUse = { readonly [Name in keyof KeyLimits]-?: number }

/** A bound that is null or not there is none. */
export type Bounds = { readonly [Name in keyof KeyLimits]: KeyLimits[Name] | null }

export interface LimitsInUse {
  /** Those that have been counted lately: keys, and people behind keys. */
  readonly keys: readonly { readonly keyId: string; readonly endUser: string | null; readonly used: InUse }[]
  /** Those that have limits. */
  readonly services: readonly { readonly service: string; readonly limits: Bounds; readonly used: InUse }[]
}

export const unused: InUse = { requestsPerMinute: 0, tokensPerMinute: 0, tokensPerDay: 0, concurrent: 0 }
