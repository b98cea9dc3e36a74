import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SpoolState } from './spool-file.ts'

/** How a spool is that a gateway may be using; undefined where there is none. Throws what SQLite throws. */
export function reportSpool(path: string): SpoolState | undefined {
  if (!existsSync(path)) return undefined
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 })
  try {
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'])
    return { waiting: count('ended'), refused: count('refused'), running: count('running') }
  } finally {
    database.close()
  }
}
