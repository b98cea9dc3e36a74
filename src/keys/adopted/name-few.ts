/** As many as it takes to find the others. */
export const namedMax = 3

/** The first few of so many; empty where none has a name. */
export function nameFew(names: readonly string[], count = names.length): string {
  const few = names.slice(0, namedMax)
  return few.join(', ') + (few.length > 0 && count > few.length ? ', …' : '')
}
