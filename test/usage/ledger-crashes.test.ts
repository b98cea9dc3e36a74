import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { Entry } from '../../src/chat/visit.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { readEntries } from '../../src/usage/usage-queries.ts'
import { verifyLedger } from '../../src/usage/verify-ledger.ts'
import { type LedgerProcess, noteEveryMs, noteGraceMs, startLedgerProcess } from './ledger-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'gateway-crashes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a request is known to have come to, by the test's own count. */
interface Known {
  readonly id: string
  readonly entry: Entry
  tokens: number
  /** Its end was awaited: it must be there, with these counts. */
  acknowledged: boolean
  /** A note of it was written: it must be there, whatever becomes of it. */
  noted: boolean
  ended: boolean
}

type Step =
  | { readonly do: 'begin' | 'turn' | 'ship' | 'ship-unheard' | 'crash' | 'look' }
  | { readonly do: 'checkpoint' | 'pause' | 'begin-wal-anew' | 'go-on' }
  | { readonly do: 'count' | 'end'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('count', 'end'), which: fc.nat(50) }) },
    { weight: 4, arbitrary: fc.constant({ do: 'begin' } as const) },
    { weight: 3, arbitrary: fc.constant({ do: 'turn' } as const) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 100, max: 9000 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('ship', 'ship-unheard', 'crash', 'look') }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('checkpoint', 'pause', 'begin-wal-anew') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('go-on') }) },
  ),
  { minLength: 10, maxLength: 60 },
)

let runs = 0

class World {
  clock = 1000
  readonly all: Known[] = []
  #process: LedgerProcess
  #running: Known[] = []
  #processes = 0
  readonly #path = join(folder, `spool-${++runs}.db`)
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    this.#process = this.#start()
  }

  #start(): LedgerProcess {
    const name = `process-${++this.#processes}`
    return startLedgerProcess({ path: this.#path, database: this.#database, name, now: () => this.clock })
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'begin':
        return this.#begin()
      case 'count':
        return this.#count(step.which)
      case 'end':
        return this.#end(step.which)
      case 'pass':
        return this.#pass(step.ms)
      case 'turn':
        return void (await nextTurn())
      case 'ship':
        return void (await this.#process.shipSome())
      case 'ship-unheard':
        // The database has it, and the process dies before it hears of it.
        await this.#process.shipSome()
        return this.crash()
      case 'crash':
        return this.crash()
      case 'look':
        return this.#process.lookForAbandoned()
      case 'checkpoint':
        return this.#process.checkpoint()
      case 'pause':
        return this.#process.pause()
      case 'begin-wal-anew':
        return this.#process.beginWalAnew()
      case 'go-on':
        return this.#process.goOn()
      default:
        step satisfies never
    }
  }

  #begin(): void {
    const id = `req_${runs}_${this.all.length}`
    const entry = this.#process.open(id)
    entry.noteAdmitted()
    const known = { id, entry, tokens: 0, acknowledged: false, noted: false, ended: false }
    this.all.push(known)
    this.#running.push(known)
  }

  #count(which: number): void {
    const known = this.#running[which % this.#running.length]
    if (known === undefined) return
    known.tokens++
    const usage = { promptTokens: 3, cachedTokens: 0, completionTokens: known.tokens, reasoningTokens: 0 }
    known.entry.noteUsage(usage)
  }

  #end(which: number): void {
    const [known] = this.#running.splice(which % Math.max(1, this.#running.length), 1)
    if (known === undefined) return
    known.ended = true
    const current = this.#process
    known.entry.record(200)?.then(() => {
      // A dead process acknowledges nothing.
      if (current === this.#process) known.acknowledged = true
    })
  }

  async #pass(ms: number): Promise<void> {
    this.clock += ms
    this.#process.noteDue()
    await nextTurn()
    // Nobody is promised a note, and in a pause there is none.
    if (this.#process.isPaused) return
    for (const known of this.#running) known.noted ||= 'noted' in known.entry && known.entry.noted === true
  }

  crash(): void {
    const dying = this.#process
    this.#running = []
    dying.kill()
    this.#process = this.#start()
  }

  /** The last process lives until everything is settled. */
  async settle(): Promise<void> {
    this.crash()
    this.#process.lookForAbandoned()
    this.clock += noteGraceMs
    this.#process.lookForAbandoned()
    while ((await this.#process.shipSome()).outcome === 'shipped') await nextTurn()
    await nextTurn()
    expect(this.#process.state()).toEqual({ waiting: 0, elsewhere: 0, refused: 0, running: 0 })
    this.#process.kill()
  }
}

test('whatever is killed, and whenever, nothing is lost, nothing is twice, and every total is right', async () => {
  expect(noteEveryMs).toBeLessThan(noteGraceMs)
  const database = openDatabase({ kind: 'sqlite', path: join(folder, 'gateway.db') })
  await database.migrate()
  const property = fc.asyncProperty(steps, async (taken) => {
    const world = new World(database)
    for (const step of taken) await world.take(step as Step)
    await world.settle()
    const query = { keyId: undefined, sinceMs: 0, untilMs: 2 ** 50, limit: 100_000, before: undefined }
    const rows = new Map((await readEntries(database, query)).map((row) => [row.id, row]))
    for (const { id, acknowledged, noted, ended, tokens } of world.all) {
      const row = rows.get(id)
      if (acknowledged) expect(row).toMatchObject({ outcome: 'completed', completion_tokens: tokens, charge: 7 })
      else if (noted) expect(row).toBeDefined()
      if (row !== undefined && !ended) expect(row).toMatchObject({ outcome: 'failed', charge: 0, estimated: 1 })
      expect(row?.completion_tokens ?? 0).toBeLessThanOrEqual(tokens)
    }
    const strangers = [...rows.keys()].filter(
      (id) => id.startsWith(`req_${runs}_`) && !world.all.some((known) => known.id === id),
    )
    expect(strangers).toEqual([])
    expect((await verifyLedger(database, 0, 2 ** 50)).problems).toEqual([])
  })
  await fc.assert(property, { numRuns: Number(process.env['LEDGER_CRASH_RUNS'] ?? 60) })
  await database.close()
}, 60_000)
