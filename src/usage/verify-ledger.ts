import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { type Span, spanMs, startOf, summedNames } from './total-rows.ts'

/** Something that must not be, in words. */
export interface LedgerProblem {
  readonly check: 'totals' | 'entries'
  readonly problem: string
}

export interface LedgerReport {
  readonly entries: number
  readonly problems: readonly LedgerProblem[]
}

const dayMs = spanMs.day
/** More of a kind say nothing more. */
const problemsMax = 100

/**
 * Checks the invariants of a ledger that may be in use, day by day: every total is the sum of its entries, and every
 * entry makes sense. Each statement sees one moment. Throws DatabaseError.
 */
export async function verifyLedger(database: Database, sinceMs: number, untilMs: number): Promise<LedgerReport> {
  const problems: LedgerProblem[] = []
  let entries = 0
  const days = await daysWithAnything(database, startOf(sinceMs, 'day'), untilMs)
  for (const day of days) {
    problems.push(...(await findDrift(database, 'hour', day)), ...(await findDrift(database, 'day', day)))
    problems.push(...(await findNonsense(database, day)))
    entries += await countEntries(database, day)
    if (problems.length >= problemsMax) break
  }
  return { entries, problems: problems.slice(0, problemsMax) }
}

/** Beginnings of the days that have entries or totals. */
async function daysWithAnything({ kysely }: Database, sinceMs: number, untilMs: number): Promise<number[]> {
  const { rows } = await sql<{ day: number }>`
    select started_at - started_at % ${whole(dayMs)} as day from gateway_usage
    where started_at >= ${sinceMs} and started_at < ${untilMs} group by day
    union
    select starts_at - starts_at % ${whole(dayMs)} as day from gateway_usage_totals
    where starts_at >= ${sinceMs} and starts_at < ${untilMs} group by day
    order by day`.execute(kysely)
  return rows.map(({ day }) => Number(day))
}

/** What one entry adds to each sum. */
const contributions: Readonly<Record<(typeof summedNames)[number], string>> = {
  requests: '1',
  completed: "case when outcome = 'completed' then 1 else 0 end",
  failed: "case when outcome in ('completed', 'abandoned') then 0 else 1 end",
  abandoned: "case when outcome = 'abandoned' then 1 else 0 end",
  estimated: 'estimated',
  prompt_tokens: 'prompt_tokens',
  cached_tokens: 'cached_tokens',
  reasoning_tokens: 'reasoning_tokens',
  completion_tokens: 'completion_tokens',
  images: 'images',
  audio_ms: 'audio_ms',
  web_searches: 'web_searches',
  charge: 'charge',
}

interface DriftRow {
  readonly starts_at: number
  readonly key_id: string
  readonly service: string
  readonly requests: number | string
  readonly charge: number | string
}

/** Totals that are not the sums of their entries. */
async function findDrift({ kysely }: Database, span: Span, day: number): Promise<LedgerProblem[]> {
  const added = summedNames.map((name) => `${contributions[name]} as ${name}`).join(', ')
  const taken = summedNames.map((name) => `-${name} as ${name}`).join(', ')
  const sums = summedNames.map((name) => `sum(${name}) as ${name}`).join(', ')
  const differs = summedNames.map((name) => `sum(${name}) <> 0`).join(' or ')
  const { rows } = await sql<DriftRow>`
    select starts_at, key_id, service, end_user, ${sql.raw(sums)} from (
      select started_at - started_at % ${whole(spanMs[span])} as starts_at, key_id, service,
             coalesce(end_user, '') as end_user, ${sql.raw(added)}
      from gateway_usage where started_at >= ${day} and started_at < ${day + dayMs}
      union all
      select starts_at, key_id, service, end_user, ${sql.raw(taken)}
      from gateway_usage_totals where span = ${span} and starts_at >= ${day} and starts_at < ${day + dayMs}
    ) as both_sides group by starts_at, key_id, service, end_user having ${sql.raw(differs)}`.execute(kysely)
  return rows.map(({ starts_at: startsAt, key_id: key, service, requests, charge }) => {
    const time = new Date(Number(startsAt)).toISOString()
    const problem = `the ${span} ${time} of the key ${key} at ${service} misses ${requests} requests and a charge of ${charge}`
    return { check: 'totals' as const, problem }
  })
}

const nonsense = [
  ...['prompt_tokens', 'cached_tokens', 'completion_tokens', 'reasoning_tokens', 'charge', 'total_ms', 'images'].map(
    (name) => `${name} < 0`,
  ),
  'cached_tokens > prompt_tokens',
  'reasoning_tokens > completion_tokens',
  "outcome not in ('completed', 'failed', 'abandoned', 'refused-after-admission')",
  "outcome in ('failed', 'refused-after-admission') and charge <> 0",
  "outcome = 'completed' and status is null",
  'estimated not in (0, 1)',
]

async function findNonsense({ kysely }: Database, day: number): Promise<LedgerProblem[]> {
  const { rows } = await sql<{ id: string }>`
    select id from gateway_usage where started_at >= ${day} and started_at < ${day + dayMs}
    and (${sql.raw(nonsense.map((condition) => `(${condition})`).join(' or '))}) limit ${whole(problemsMax)}`.execute(
    kysely,
  )
  return rows.map(({ id }) => ({ check: 'entries' as const, problem: `the entry ${id} makes no sense` }))
}

async function countEntries({ kysely }: Database, day: number): Promise<number> {
  const { count } = await kysely
    .selectFrom('gateway_usage')
    .select((expression) => expression.fn.countAll().as('count'))
    .where('started_at', '>=', day)
    .where('started_at', '<', day + dayMs)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** As part of the text: as a parameter it would be text, by which MySQL divides in floating point, and limits not at all. */
function whole(value: number) {
  return sql.raw(String(Math.trunc(value)))
}
