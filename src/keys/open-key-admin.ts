import type { KeyAdmin } from '../chat/key-admin.ts'
import type { Database } from '../database/database.ts'
import { createAdoptedKeyStore } from './adopted/adopted-key-store.ts'
import type { AdoptedTable } from './adopted/adopted-table.ts'
import { createGatewayKeyStore } from './gateway-key-store.ts'
import { createKeyAdmin, createReadOnlyKeyAdmin } from './key-admin.ts'
import type { KeyStore } from './key-store.ts'
import { listRecords } from './list-records.ts'

/** The keys of this database, and the hand that changes them; those of an adopted table are only looked at. */
export function openKeyAdmin(
  database: Database,
  table: AdoptedTable | null,
): { readonly store: KeyStore; readonly keyAdmin: KeyAdmin } {
  if (table === null) return { store: createGatewayKeyStore(database), keyAdmin: createKeyAdmin(database) }
  const store = createAdoptedKeyStore(database, table)
  return { store, keyAdmin: createReadOnlyKeyAdmin(table.name, listRecords(store)) }
}
