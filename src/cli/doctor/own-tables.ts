import type { Schema } from '../../database/schema.ts'

export type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'CREATE'

/** What a gateway does with a table of its own. */
export interface TableUse {
  readonly rights: readonly Exclude<Right, 'CREATE'>[]
  /** One of the columns that it updates, where it does. */
  readonly updated?: string
}

/** A table that is missing here would not be looked at, so that none can be. config/README.md tells the same for people. */
export const ownTables = {
  gateway_keys: { rights: ['SELECT', 'INSERT', 'UPDATE'], updated: 'name' },
  gateway_key_terms: { rights: ['SELECT', 'INSERT', 'DELETE'] },
  gateway_key_defaults: { rights: ['SELECT', 'INSERT', 'DELETE'] },
  gateway_key_secrets: { rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], updated: 'valid_until' },
  gateway_key_uses: { rights: ['SELECT', 'INSERT', 'UPDATE'], updated: 'last_used_at' },
  gateway_audit: { rights: ['SELECT', 'INSERT'] },
  gateway_usage: { rights: ['SELECT', 'INSERT', 'DELETE'] },
  gateway_usage_totals: { rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], updated: 'requests' },
  gateway_ledger: { rights: ['SELECT', 'INSERT'] },
  gateway_responses: { rights: ['SELECT', 'INSERT', 'DELETE'] },
} as const satisfies Record<keyof Schema, TableUse>

/** What migrating needs besides. */
export const migrationTables: Readonly<Record<string, TableUse>> = {
  gateway_migrations: { rights: ['SELECT', 'INSERT'] },
  gateway_migrations_lock: { rights: ['SELECT', 'INSERT'] },
}
