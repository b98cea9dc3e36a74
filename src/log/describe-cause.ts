/** Keys of ours, wherever they got into a text. */
const keyPattern = /vgw_[A-Za-z0-9_-]+/g

/** An error and what caused it, as text without keys: names, codes and messages, and for a bug where it happened. */
export function describeCause(cause: unknown): string {
  return describeChain(cause, 3).replace(keyPattern, 'vgw_…')
}

function describeChain(cause: unknown, depth: number): string {
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause : typeof cause
  const code = 'code' in cause ? ` ${String(cause.code)}` : ''
  const own = isBug(cause) ? (cause.stack ?? cause.message) : `${cause.name}${code}${messageOf(cause)}`
  return cause.cause === undefined || depth === 0 ? own : `${own} < ${describeChain(cause.cause, depth - 1)}`
}

/** A parser's message repeats the text that it could not parse. */
function messageOf(error: Error): string {
  return error instanceof SyntaxError ? '' : `: ${error.message}`
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
}
