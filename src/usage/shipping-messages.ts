import type { DatabaseSettings } from '../database/database-settings.ts'

/** What the shipping thread is started with; plain data, because it crosses threads. */
export interface ShippingOrder {
  readonly work: 'ship-the-ledger'
  readonly spoolPath: string
  readonly database: DatabaseSettings
  readonly retentionMs: number
  /** Beyond so many pages the spool's write-ahead log begins anew. */
  readonly walPagesMax?: number | undefined
}

export type WordToThread =
  /** Ship now what there is, and say so with this number. */
  | { readonly type: 'hurry'; readonly number: number }
  /** No entry is written to the spool until its write-ahead log has begun anew. */
  | { readonly type: 'begin-wal-anew' }
  /** Ship what can be shipped within this time, then end. */
  | { readonly type: 'stop'; readonly withinMs: number }

export type WordFromThread =
  /** Which ledger the database holds, and how many entries of others' wait in the spool; told before anything is shipped. */
  | { readonly type: 'ledger'; readonly id: string; readonly elsewhere: number }
  | { readonly type: 'shipped'; readonly sequence: number }
  | { readonly type: 'refused'; readonly sequence: number; readonly reason: string }
  /** What waited has been shipped, or the database does not take it; whoever hurried up to this number need not wait longer. */
  | { readonly type: 'rests'; readonly number: number; readonly failure: string | undefined }
  /** The spool's write-ahead log is to begin anew, in a moment in which nothing is written. */
  | { readonly type: 'wal-is-long' }
  /** That moment is over, also where it was for nothing. */
  | { readonly type: 'wal-began-anew' }
  /** The disk would not take what was committed. */
  | { readonly type: 'unsynced'; readonly reason: string }
