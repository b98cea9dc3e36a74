import type { Database } from '../../database/database.ts'
import { DatabaseError } from '../../database/database-error.ts'
import { openKeyAdmin } from '../../keys/open-key-admin.ts'
import type { Settings } from '../../settings/settings.ts'
import { type ReportedGroup, reportSummary } from '../../usage/summary-report.ts'
import { type SummaryQuery, summarise } from '../../usage/usage-queries.ts'
import { type ApiFlags, apiOf } from '../api/api-options.ts'
import type { GatewayApi } from '../api/gateway-api.ts'
import { causeOf, explainKeys, type LookedAt } from '../keys/key-desk.ts'
import { createRemoteKeys } from '../keys/remote-keys.ts'
import { CliError } from '../output.ts'
import { useDatabase } from '../use-database.ts'

type AskedUsage = Omit<SummaryQuery, 'limit'>

/** Where usage is asked for: here at the database, or at a gateway that runs somewhere. Throws CliError. */
export interface UsageDesk {
  readonly keys: LookedAt
  summarise(asked: AskedUsage): Promise<readonly ReportedGroup[]>
  /** Names of those that are there now; the ledger may know others. */
  services(): Promise<readonly string[]>
}

const groupsMax = 100_000
/** The gateway answers with no more. */
const remoteGroupsMax = 10_000

export async function atUsageDesk<Result>(flags: ApiFlags, use: (desk: UsageDesk) => Promise<Result>): Promise<Result> {
  const api = apiOf(flags)
  if (api !== undefined) return use(createRemoteDesk(api))
  return useDatabase(flags, (database, settings) =>
    use(createLocalDesk(database, settings)).catch((thrown: unknown) => {
      // Of the database itself, whoever opened it knows more.
      const cause = causeOf(thrown)
      throw cause instanceof DatabaseError ? cause : explainKeys(cause, settings)
    }),
  )
}

function createLocalDesk(database: Database, { keys, services }: Settings): UsageDesk {
  return {
    keys: openKeyAdmin(database, keys.table).keyAdmin,
    async summarise(asked) {
      const { rows } = await summarise(database, { ...asked, limit: groupsMax })
      return reportSummary(asked.by, rows)
    },
    services: async () => services.map(({ name }) => name),
  }
}

function createRemoteDesk(api: GatewayApi): UsageDesk {
  return {
    keys: createRemoteKeys(api),
    summarise: (asked) => summariseThere(api, asked),
    async services() {
      const { data } = await api.must<{ readonly data: readonly { readonly name: string }[] }>({
        method: 'GET',
        path: '/admin/v1/services',
      })
      return data.map(({ name }) => name)
    },
  }
}

async function summariseThere(
  { must }: GatewayApi,
  { by, sinceMs, untilMs, keyId: key, service }: AskedUsage,
): Promise<readonly ReportedGroup[]> {
  const [since, until] = [sinceMs, untilMs].map((timeMs) => new Date(timeMs).toISOString())
  const { data } = await must<{ readonly data: readonly ReportedGroup[] }>({
    ...{ method: 'GET', path: '/admin/v1/usage/summary' },
    query: { by, since, until, key, service, limit: remoteGroupsMax },
  })
  // A part must not be taken for the whole.
  if (data.length < remoteGroupsMax) return data
  throw new CliError(`There are more than ${remoteGroupsMax} groups: ask for a shorter time, or with --local.`)
}
