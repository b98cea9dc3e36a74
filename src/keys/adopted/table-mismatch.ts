/** Something about an adopted table that is not as the settings say. */
export interface Mismatch {
  readonly table: string
  /** Null where the table itself is the trouble. */
  readonly column: string | null
  /** One sentence. */
  readonly problem: string
}

/** The adopted table cannot be read as it is configured. The message is for the operator, and holds no row. */
export class TableMismatchError extends Error {
  readonly mismatches: readonly Mismatch[]
  /** Statements that make views which would satisfy the settings; fewer where none can. */
  readonly views: readonly string[]

  constructor(mismatches: readonly Mismatch[], views: readonly string[]) {
    super([...mismatches.map(({ problem }) => problem), ...views].join(' '))
    this.name = 'TableMismatchError'
    this.mismatches = mismatches
    this.views = views
  }
}
