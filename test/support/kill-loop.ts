import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openDatabase } from '../../src/database/database.ts'
import type { DatabaseSettings } from '../../src/database/database-settings.ts'
import type { GatewayUsageTable } from '../../src/database/schema.ts'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { reportSpool } from '../../src/usage/spool-report.ts'
import { readEntries } from '../../src/usage/usage-queries.ts'
import { type LedgerProblem, verifyLedger } from '../../src/usage/verify-ledger.ts'
import { type CliProcess, startCli } from './cli-process.ts'
import { startTalliedLoad, type Tally } from './tallied-load.ts'

export interface KillPlan {
  readonly folder: string
  readonly kills: number
  /** How long a gateway lives from its first answerable moment, at most. */
  readonly lifeMaxMs: number
  readonly databaseUrl: string
  readonly database: DatabaseSettings
  /** Does something to the database while a gateway lives. */
  disturb?(): Promise<void>
}

export interface KillReport {
  readonly tallies: readonly Tally[]
  readonly entries: ReadonlyMap<string, GatewayUsageTable>
  readonly problems: readonly LedgerProblem[]
  readonly spool: ReturnType<typeof reportSpool>
}

const key = randomBytes(24).toString('hex')

/** Kills a gateway under load again and again, lets the last one end in peace, and says what is on record. */
export async function runKillLoop(plan: KillPlan): Promise<KillReport> {
  const simulator = createSimulator({ tokensPerSecond: 200, maxNumSeqs: 64 })
  const { url: vllmUrl } = await simulator.listen()
  const environment = {
    GATEWAY_PORT: '0',
    GATEWAY_VLLM_URL: vllmUrl,
    GATEWAY_DATA_DIR: plan.folder,
    GATEWAY_DATABASE_URL: plan.databaseUrl,
    GATEWAY_ADMIN_KEY: key,
    GATEWAY_LOG_LEVEL: 'fatal',
    GATEWAY_SHUTDOWN_GRACE: '20s',
  }
  const load = startTalliedLoad({ key, clients: { whole: 6, stream: 4, long: 3 } })
  const start = () => startCli(['serve', '--json'], { environment, folder: plan.folder })
  try {
    for (let kill = 0; kill < plan.kills; kill++) {
      await Promise.all([liveAndDie(start(), load.aim, plan), plan.disturb?.()])
    }
    const last = start()
    load.aim(await urlOf(last))
    await wait(300)
    load.aim(undefined)
    await load.stop()
    await settled(plan)
    await last.end()
    return { ...(await readLedger(plan)), tallies: load.tallies }
  } finally {
    load.aim(undefined)
    await load.stop()
    await simulator.close()
  }
}

async function liveAndDie(gateway: CliProcess, aim: (url: string | undefined) => void, plan: KillPlan): Promise<void> {
  // Now and then before it serves at all: it may be taking over what the one before it left.
  if (Math.random() < 0.1) await wait(Math.random() * 600)
  else {
    aim(await urlOf(gateway))
    await wait(Math.random() * plan.lifeMaxMs)
  }
  await gateway.end('SIGKILL')
  aim(undefined)
}

async function urlOf(gateway: CliProcess): Promise<string> {
  const [, url] = await gateway.waitFor(/^{"url":"([^"]+)"/m)
  return url ?? ''
}

/** Until the last gateway has taken over all that was left, and has shipped it. */
async function settled({ folder }: KillPlan): Promise<void> {
  const giveUpAt = performance.now() + 60_000
  for (;;) {
    const state = reportSpool(spoolOf(folder), nowhere)
    if (state !== undefined && state.waiting + state.elsewhere === 0 && state.running === 0) return
    if (performance.now() > giveUpAt) throw new Error(`The spool does not drain: ${JSON.stringify(state)}`)
    await wait(50)
  }
}

/** What waits is looked at as a whole. */
const nowhere = { id: undefined, address: 'nowhere' }

function spoolOf(folder: string): string {
  return join(folder, 'ledger-spool.db')
}

async function readLedger(plan: KillPlan): Promise<Omit<KillReport, 'tallies'>> {
  const database = openDatabase(plan.database)
  const untilMs = Date.now() + 86_400_000
  const entries = new Map<string, GatewayUsageTable>()
  let before: { startedAtMs: number; id: string } | undefined
  for (;;) {
    const page = await readEntries(database, { keyId: undefined, sinceMs: 0, untilMs, limit: 1000, before })
    for (const row of page) entries.set(row.id, row)
    const last = page.at(-1)
    if (last === undefined) break
    before = { startedAtMs: last.started_at, id: last.id }
  }
  const { problems } = await verifyLedger(database, 0, untilMs)
  await database.close()
  return { entries, problems, spool: reportSpool(spoolOf(plan.folder), nowhere) }
}

export interface Comparison {
  readonly answered: number
  readonly lost: readonly string[]
  readonly wrong: readonly string[]
  /** Long streams that were cut after a note of theirs was due, and are not on record with at least what it held. */
  readonly unnoted: readonly string[]
  readonly onRecord: number
  readonly asked: number
}

/** A note is at most so old, and a busy machine may be late with it. */
const noteAgeMs = 3000

/** The clients' own books against the ledger's. */
export function compareBooks({ tallies, entries }: KillReport): Comparison {
  const answered = tallies.filter(({ complete }) => complete)
  const entryOf = ({ id }: Tally) => entries.get(id ?? '')
  const isRight = (tally: Tally) => {
    const entry = entryOf(tally)
    return (
      entry?.outcome === 'completed' &&
      entry.prompt_tokens === tally.promptTokens &&
      entry.completion_tokens === tally.completionTokens
    )
  }
  const idOf = ({ id }: Tally) => String(id)
  const cut = tallies.filter(({ framesAt, brokenAt }) => brokenAt !== undefined && framesAt.length > 0)
  return {
    asked: tallies.length,
    answered: answered.length,
    onRecord: entries.size,
    lost: answered.filter((tally) => entryOf(tally) === undefined).map(idOf),
    wrong: answered.filter((tally) => entryOf(tally) !== undefined && !isRight(tally)).map(idOf),
    unnoted: cut.filter((tally) => seenBefore(tally, noteAgeMs) > (entryOf(tally)?.completion_tokens ?? 0)).map(idOf),
  }
}

/** The tokens that a client had so long before its answer broke off: two frames begin and end it. */
function seenBefore({ framesAt, brokenAt = 0 }: Tally, ms: number): number {
  return Math.max(0, framesAt.filter((at) => at < brokenAt - ms).length - 2)
}
