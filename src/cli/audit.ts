import { type Command, InvalidArgumentError } from 'commander'
import type { AuditRecord } from '../chat/key-shapes.ts'
import { csvOption } from './csv.ts'
import { addDeskOptions } from './keys/desk-options.ts'
import { atDesk, type DeskFlags } from './keys/key-desk.ts'
import { ofKey } from './keys/of-key.ts'
import { type FormatFlags, printRows } from './print-rows.ts'

interface AuditFlags extends DeskFlags, FormatFlags {
  readonly of?: string
  readonly limit: number
}

export function addAuditCommand(program: Command): void {
  addDeskOptions(program.command('audit').description('tell who changed which key, when and how; the newest first'))
    .option('--of <key>', 'only what happened to this key, by its id or name')
    .option('--limit <number>', 'how many to tell of', parseLimit, 100)
    .option('--json', 'as JSON')
    .addOption(csvOption())
    .action(tellAudit)
}

async function tellAudit({ of, limit, json, csv, ...flags }: AuditFlags): Promise<void> {
  const data = await atDesk(flags, async ({ keys }) => {
    if (of === undefined) return (await keys.audit({ limit })).data
    return ofKey(keys, of, { read: async (key) => (await keys.audit({ limit, key })).data })
  })
  printRows(
    data,
    { ...(json && { json }), ...(csv && { csv }) },
    {
      at: ({ at }) => at,
      who: ({ actor }) => actor.name,
      action: ({ action }) => action,
      key: ({ key_id: id }) => id,
      change: describeChange,
    },
  )
}

function describeChange({ before, after }: AuditRecord): string {
  if (before === null) return describeGiven(after ?? {})
  return Object.keys({ ...before, ...after })
    .map((name) => `${name}: ${JSON.stringify(before[name] ?? null)} → ${JSON.stringify(after?.[name] ?? null)}`)
    .join('; ')
}

/** What is written of a key of which nothing was said, and says nothing. */
const usual: Readonly<Record<string, string>> = {
  ...{ models: '"all"', dialects: '"all"', limits: '{}', trust_end_user: '"none"', defaults: '{}' },
  ...{ owner: '""', notes: '""', tags: '[]' },
}

function describeGiven(given: Readonly<Record<string, unknown>>): string {
  const texts = Object.entries(given).map(([name, value]) => [name, JSON.stringify(value, withoutNull)] as const)
  return texts
    .filter(([name, text]) => text !== undefined && text !== usual[name])
    .map(([name, text]) => `${name}: ${text}`)
    .join('; ')
}

function withoutNull(_name: string, value: unknown): unknown {
  return value ?? undefined
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > 1000)
    throw new InvalidArgumentError(`found ${text}, wanted 1 to 1000.`)
  return Number(text)
}
