import * as z from 'zod'
import { firstServiceAliases } from './chat-service-schema.ts'
import type { MisfitDetails } from './misfit-details.ts'
import { isRawMap, type SettingPath } from './raw-map.ts'
import { serviceSchema } from './service-schema.ts'

const wanted = 'a list of at most 256 services'

const listSchema = z
  .array(serviceSchema, { error: wanted })
  .max(256, { error: wanted })
  .check(z.superRefine(refuseTakenNames, { when: ({ value }) => Array.isArray(value) }))

/** No services at all are one service with the defaults. */
export const servicesSchema = z.preprocess((raw) => (isEmpty(raw) ? [{}] : raw), listSchema)

function isEmpty(raw: unknown): boolean {
  return raw === undefined || raw === null || (Array.isArray(raw) && raw.length === 0)
}

function refuseTakenNames(services: readonly unknown[], context: z.RefinementCtx): void {
  for (const { path, taken } of findTakenNames(services)) {
    const params: MisfitDetails = { found: `a name that ${taken} has already` }
    context.addIssue({ code: 'custom', path: [...path], message: 'a name of its own', params })
  }
}

interface TakenName {
  readonly path: SettingPath
  /** The path of its first owner. */
  readonly taken: string
}

/** Names and exact aliases pick a service, so each belongs to one. Patterns may overlap: the first service wins. */
function findTakenNames(services: readonly unknown[]): TakenName[] {
  const owners = new Map<string, string>()
  return services.flatMap((service, index) => {
    const owner = `services[${index}]`
    const found: TakenName[] = []
    for (const { name, path } of claimsOf(service, index)) {
      const taken = owners.get(name)
      if (taken === undefined) owners.set(name, owner)
      else if (taken !== owner) found.push({ path, taken })
    }
    // The aliases that come with a name go with it.
    const isOfName = isRawMap(service) && service['aliases'] === firstServiceAliases
    return found.slice(0, isOfName && found[0]?.path.at(-1) === 'name' ? 1 : undefined)
  })
}

interface Claim {
  readonly name: string
  readonly path: SettingPath
}

/** Of a service that may have problems of its own, which are told anyway. */
function claimsOf(service: unknown, index: number): Claim[] {
  if (!isRawMap(service)) return []
  const aliases: unknown[] = Array.isArray(service['aliases']) ? service['aliases'] : []
  const claims = aliases.map((name, alias) => ({ name, path: [index, 'aliases', alias] }))
  return [{ name: service['name'], path: [index, 'name'] }, ...claims].flatMap(({ name, path }) =>
    typeof name === 'string' ? [{ name, path }] : [],
  )
}
