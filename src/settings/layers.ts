import type { Assignment } from './assignments.ts'
import { firstServiceName } from './chat-service-schema.ts'
import { formatPath, isRawMap, type RawMap } from './raw-map.ts'
import { secretNames } from './secret-schemas.ts'
import type { SettingsProblem } from './settings-error.ts'
import type { Origins } from './source.ts'

/** The values of all sources in one tree, and where each came from. */
export interface Layers {
  readonly values: RawMap
  readonly origins: Origins
  /** Settings whose values could not be read, so that these are not what was meant. */
  readonly doubtful: readonly string[]
}

/** Lays assignments over what is there, the later over the earlier; the tree is changed in place. */
export function layOver({ values, origins }: Layers, assignments: readonly Assignment[]): SettingsProblem[] {
  return assignments.flatMap((assignment) => {
    const holder = findHolder(values, assignment)
    if (holder.problem !== undefined) return [holder.problem]
    if (holder.map !== undefined) assign(holder.map, origins, assignment)
    return []
  })
}

interface Holder {
  readonly map?: RawMap
  readonly problem?: SettingsProblem
}

/** The map that has the setting; none where the file has something that the schema will refuse. */
function findHolder(values: RawMap, { path, source }: Assignment): Holder {
  if (path[0] !== 'services') return { map: values }
  const services = findServices(values)
  if (services.length > 1) {
    const found = `${services.length} services in the file`
    return { problem: { name: source.name, found, wanted: 'a single one; with several, say it in the file for each' } }
  }
  return isRawMap(services[0]) ? { map: services[0] } : {}
}

/** The file's services; where it has none, the one that the defaults describe. */
function findServices(values: RawMap): readonly unknown[] {
  const services = values['services'] ?? []
  if (!Array.isArray(services)) return []
  if (services.length > 0) return services
  const single = [{}]
  values['services'] = single
  return single
}

/** Adds services to the only one that there is by itself; to services that somebody wrote, none. */
export function layBeside({ values }: Pick<Layers, 'values'>, besides: readonly RawMap[]): void {
  const services = findServices(values)
  const [only] = services
  const isUsual = isRawMap(only) && [undefined, firstServiceName].some((name) => name === only['name'])
  if (services.length === 1 && isUsual) values['services'] = [only, ...besides]
}

/** A secret and the file that holds it are two forms of one setting: who sets one puts the other aside. */
const otherForms = new Map(
  secretNames.flatMap((name) => [[name, `${name}File`] as const, [`${name}File`, name] as const]),
)

function assign(holder: RawMap, origins: Origins, { path, value, source }: Assignment): void {
  const name = String(path.at(-1))
  // The one list that has a variable takes a single item from it.
  holder[name] = name === 'upstreams' ? [value] : value
  delete holder[otherForms.get(name) ?? '']
  const formatted = formatPath(path)
  for (const known of origins.keys()) if (known.startsWith(`${formatted}[`)) origins.delete(known)
  origins.set(formatted, source)
}
