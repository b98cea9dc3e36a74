import * as z from 'zod'

/**
 * A map of settings that has these names and no other. The message of an `unrecognized_keys` issue is the list of the
 * known names, from which `knownNames` gives them back; zod keeps nothing else of the schema that was missed.
 */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : 'a map of settings') })
}

export function knownNames(message: string): string[] {
  return message.split(', ')
}

/** A section or list that may be left out, or left empty as it is when all below it is commented out. */
export function mayBeEmpty<Schema extends z.ZodType>(empty: unknown, schema: Schema) {
  return z.preprocess((raw) => raw ?? empty, schema)
}
