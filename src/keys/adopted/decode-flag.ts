const onWords: ReadonlySet<string> = new Set(['1', 'y', 'yes', 't', 'true', 'on', 'active', 'enabled'])
const offWords: ReadonlySet<string> = new Set(['', '0', 'n', 'no', 'f', 'false', 'off'])

/** Says yes: 1, a set BIT, true, or a word for it in any case. Everything else says no, 2 and NULL among it. */
export function isOn(value: unknown): boolean {
  return value === true || value === 1 || onWords.has(wordOf(value))
}

/**
 * A revocation is anything but NULL and a clear no. A zero date counts: servers that are not strict make one of every
 * date that they do not understand.
 */
export function isRevocation(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0) return false
  return !offWords.has(wordOf(value))
}

/** BIT columns come as bytes of their number, binary ones as bytes of text, and DECIMAL(3,1) as `1.0`. */
function wordOf(value: unknown): string {
  if (value instanceof Uint8Array) {
    const isNumber = value.every((byte, index) => byte === 0 || (byte === 1 && index === value.length - 1))
    return isNumber ? String(value.at(-1) ?? 0) : Buffer.from(value).toString('latin1').trim().toLowerCase()
  }
  if (typeof value !== 'string') return String(value)
  return value
    .trim()
    .toLowerCase()
    .replace(/^([01])\.0+$/, '$1')
}
