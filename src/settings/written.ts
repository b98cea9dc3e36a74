import * as z from 'zod'

/**
 * A value that is written as text or as a number and read by `read`, which gives undefined for what it cannot take.
 * Text, because the environment and the command line know nothing else.
 */
export function written<Value>(wanted: string, read: (raw: string | number) => Value | undefined) {
  return z.union([z.string(), z.number()], { error: wanted }).transform((raw, context): Value => {
    const value = read(raw)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: wanted })
    return z.NEVER
  })
}

/** Text that fits a pattern. */
export function textOf(wanted: string, pattern: RegExp) {
  return z.string({ error: wanted }).regex(pattern, { error: wanted })
}

export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(', ')}` })
}

export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}
