import * as z from 'zod'

const beginning = 'one of the fields '

/** An object of these fields and no other, which tells their names where one is not among them: zod keeps nothing of them. */
export function knownFields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = beginning + Object.keys(shape).join(', ')
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? known : undefined) })
}

export function saysFields(message: string): boolean {
  return message.startsWith(beginning)
}
