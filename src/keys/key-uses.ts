import { setTimeout } from 'node:timers/promises'
import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** When keys were last used, noted in memory and written in the background: no request waits for it. */
export interface KeyUses {
  note(keyId: string): void
  start(): void
  /** Writes what is not written yet, unless the database is away. */
  stop(): Promise<void>
}

interface KeyUsesParts {
  readonly database: Database
  now(): number
  readonly everyMs?: number
}

const usualMs = 60_000
const rowsMax = 200

export function createKeyUses({ database, now, everyMs = usualMs }: KeyUsesParts): KeyUses {
  const stopping = new AbortController()
  let noted = new Map<string, number>()
  let running: Promise<void> | undefined

  /** What could not be written is only noted again where the key was not used since. */
  async function flush(): Promise<void> {
    const uses = noted
    noted = new Map()
    try {
      await writeUses(database, [...uses])
    } catch {
      for (const [keyId, atMs] of uses) if (!noted.has(keyId)) noted.set(keyId, atMs)
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await setTimeout(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
      await flush()
    }
  }

  return {
    note: (keyId) => void noted.set(keyId, now()),
    start() {
      running ??= run()
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function writeUses(database: Database, uses: readonly (readonly [string, number])[]): Promise<void> {
  if (uses.length === 0) return
  await database.migrate()
  for (let start = 0; start < uses.length; start += rowsMax) {
    const rows = uses.slice(start, start + rowsMax).map(([key_id, last_used_at]) => ({ key_id, last_used_at }))
    const insert = database.kysely.insertInto('gateway_key_uses').values(rows)
    await (database.kind === 'sqlite'
      ? insert.onConflict((conflict) =>
          conflict
            .column('key_id')
            .doUpdateSet({ last_used_at: sql<number>`max(last_used_at, excluded.last_used_at)` }),
        )
      : insert.onDuplicateKeyUpdate({ last_used_at: sql<number>`greatest(last_used_at, values(last_used_at))` })
    ).execute()
  }
}
