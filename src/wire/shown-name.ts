/** A caller's own name for a field, where it looks like one: text is not repeated in errors, nor in logs. */
export function shownName(name: string): string {
  return /^[\w$-]{1,64}$/.test(name) ? name : '…'
}
