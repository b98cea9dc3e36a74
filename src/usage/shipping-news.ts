import type { WordFromThread } from './shipping-messages.ts'

/** What this room asks of a log. */
export interface LedgerLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What the shipping thread tells, as an operator wants to hear it: each change once. */
export interface ShippingNews {
  /** True while the database takes no entries. */
  readonly isBehind: boolean
  hear(word: WordFromThread): void
  unsynced(code: string): void
  crashed(): void
}

/** What the user may not do, in the words of MySQL; that it is refused altogether is another matter. */
const lacksRight = /^ER_(DB|TABLE|COLUMN)ACCESS_DENIED_ERROR$/

export function createShippingNews(log: LedgerLog): ShippingNews {
  /** Why the database takes no entries, as far as told: two reasons that take turns are told once each. */
  const failures = new Set<string>()
  let unsyncedBy: string | undefined
  let hasCrashed = false

  function tellFailure(code: string): void {
    const remedy = lacksRight.test(code) ? '; its user lacks a right, which `vllm-gateway doctor` names' : ''
    if (!failures.has(code))
      log.warn({ code }, `the database takes no entries of the ledger: they wait in the spool${remedy}`)
    failures.add(code)
  }

  function tellElsewhere(count: number): void {
    if (count > 0)
      log.warn(
        { count },
        'entries of another database’s ledger wait in the spool: a gateway with that database ships them',
      )
  }

  function recover(): void {
    if (failures.size > 0) log.info({}, 'the database takes the entries of the ledger again')
    failures.clear()
    hasCrashed = false
  }

  function unsynced(code: string): void {
    if (code !== unsyncedBy) log.error({ code }, 'the disk does not take the spool of the ledger')
    unsyncedBy = code
  }

  return {
    get isBehind() {
      return failures.size > 0
    },
    hear(word) {
      if (word.type === 'unsynced') unsynced(word.reason)
      else if (word.type === 'ledger') tellElsewhere(word.elsewhere)
      else if (word.type === 'refused') {
        const { sequence, reason } = word
        log.error({ sequence, reason }, 'the database refuses an entry of the ledger: it is set aside in the spool')
      } else if (word.type === 'rests' && word.failure !== undefined) tellFailure(word.failure)
      else if (word.type === 'rests' || word.type === 'shipped') recover()
    },
    unsynced,
    crashed() {
      if (!hasCrashed) log.error({}, 'the thread that ships the ledger ended; it is started again')
      hasCrashed = true
      if (failures.size === 0) failures.add('NO_THREAD')
    },
  }
}
