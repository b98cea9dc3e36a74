import { createHash } from 'node:crypto'

/** The columns' length, in characters. */
const lengthMax = 200

/** Text as it fits its column; what is too long loses its end. */
export function fitText(text: string): string {
  return text.length <= lengthMax ? text : text.slice(0, lengthMax)
}

/**
 * Text that tells one from another, as it fits its column and stays itself there: where databases would cut it or
 * overlook the spaces at its end, a hash takes the place of the rest.
 */
export function identify(text: string): string {
  if (text.length <= lengthMax && !/\s$/.test(text)) return text
  return `${text.slice(0, 100)}…${createHash('sha256').update(text).digest('hex')}`
}
