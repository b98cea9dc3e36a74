/** A table that is not ours, and how its rows are to be understood. It is only ever read. */
export interface AdoptedTable {
  /** A table or view; `schema.table` where it lies in another schema. */
  readonly name: string
  readonly encoding: TokenEncoding
  readonly columns: {
    readonly token: string
    readonly id?: string
    readonly name?: string
    readonly active?: string
    readonly revoked?: string
    readonly expires?: string
  }
  readonly expires: ExpiryFormat
  readonly permissions: PermissionSource
  /** A permission's name in the table to our service's name, where they differ. */
  readonly services: Readonly<Record<string, string>>
}

export type TokenEncoding = 'plain' | 'sha256' | 'sha256-base64' | 'sha512'

export interface ExpiryFormat {
  readonly type: 'datetime' | 'date' | 'unix' | 'unix-ms'
  /** An IANA zone, or an offset such as +02:00. */
  readonly timeZone: string
}

type PermissionSource =
  | { readonly from: 'all' }
  /** Columns by permission. */
  | { readonly from: 'columns'; readonly columns: Readonly<Record<string, string>> }
  | { readonly from: 'json'; readonly column: string }
  | { readonly from: 'csv'; readonly column: string; readonly separator: string }
  | JoinedPermissions

/** One row a permission, in a table whose `key` refers to the id of the first. */
interface JoinedPermissions {
  readonly from: 'join'
  readonly table: string
  readonly key: string
  readonly permission: string
}
