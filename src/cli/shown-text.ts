/** Names and notes come from elsewhere: what a terminal would obey is shown instead, as the log does. Line ends stay. */
export function withoutOrders(text: string): string {
  return text.split('\n').map(onOneLine).join('\n')
}

/** The same of what is one cell, or one value: its line ends are shown too, and look like no lines of ours. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
