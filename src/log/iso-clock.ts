/** The time as ISO 8601 in UTC; requests that end within the same millisecond share its text. */
export function createIsoClock(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = new Date(now).toISOString()
    }
    return text
  }
}
