import { type Conversations, createConversations } from '../../src/conversations/conversations.ts'
import type { Database } from '../../src/database/database.ts'

interface LoggedLine {
  readonly level: 'info' | 'warn'
  readonly fields: object
  readonly message: string
}

export interface Rig {
  readonly conversations: Conversations
  readonly lines: readonly LoggedLine[]
  /** Moves the clock. */
  pass(ms: number): void
}

export const hourMs = 3_600_000

interface RigTimes {
  readonly cleanEveryMs?: number
  readonly patienceMs?: number
}

/**
 * Keeps responses for an hour, of 1,000 bytes each and 3,000 bytes a key, unless told otherwise; what was put is in the
 * database, however slow that is.
 */
export function openConversations(database: Database, limits: object = {}, times: RigTimes = {}): Rig {
  const lines: LoggedLine[] = []
  let now = Date.UTC(2031, 0, 1)
  const log = {
    info: (fields: object, message: string) => lines.push({ level: 'info', fields, message }),
    warn: (fields: object, message: string) => lines.push({ level: 'warn', fields, message }),
  }
  const usual = { keepForMs: hourMs, maxBytesPerKey: 3000, maxBytesPerResponse: 1000 }
  const conversations = createConversations({
    database,
    limits: { ...usual, ...limits },
    log,
    now: () => now,
    ...{ cleanEveryMs: hourMs, patienceMs: 60_000, ...times },
  })
  return {
    conversations,
    lines,
    pass(ms) {
      now += ms
    },
  }
}

/** A text of this many bytes. */
export function textOf(bytes: number): string {
  return 'x'.repeat(bytes)
}
