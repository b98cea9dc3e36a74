import { formatMoney } from '../wire/money.ts'
import { summedNames } from './total-rows.ts'
import type { Grouping, SummaryRow } from './usage-queries.ts'

/** One group as it is reported; the first field names it. Counts are numbers, money is text. */
export type ReportedGroup = Readonly<Record<string, string | number | null>>

const groupNames = { hour: 'hour', day: 'day', key: 'key_id', service: 'service', user: 'end_user' } as const

/** The fields of a group, in their order. */
export function reportedNames(by: Grouping): readonly string[] {
  const counts = summedNames.filter((name) => name !== 'audio_ms' && name !== 'charge')
  return [groupNames[by], ...(by === 'key' ? ['key_name'] : []), ...counts, 'audio_seconds', 'charge']
}

/** Sums for people and programs: times as ISO 8601, charges as decimal text. */
export function reportSummary(by: Grouping, rows: readonly SummaryRow[]): ReportedGroup[] {
  return rows.map(({ group, keyName, sums }) => {
    const { charge, audio_ms: audioMs, ...counts } = sums
    return {
      [groupNames[by]]: typeof group === 'number' ? new Date(group).toISOString() : group === '' ? null : group,
      ...(by === 'key' ? { key_name: keyName } : {}),
      ...Object.fromEntries(Object.entries(counts).map(([name, sum]) => [name, Number(sum)])),
      audio_seconds: Number(audioMs) / 1000,
      charge: formatMoney(charge),
    }
  })
}
