import { Option } from 'commander'
import { printLines } from './output.ts'
import { onOneLine } from './shown-text.ts'

/** For commands that have `--json` too. */
export function csvOption(): Option {
  return new Option('--csv', 'as comma-separated values').conflicts('json')
}

/** Records as comma-separated values with their names above (RFC 4180). */
export function printCsv(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void {
  printLines([columns, ...rows].map((row) => row.map(cell).join(',')))
}

/** A spreadsheet runs what begins with certain signs; end users choose their own names. */
function cell(value: string | number | null): string {
  const shown = onOneLine(String(value ?? ''))
  const text = typeof value === 'string' && /^[=+\-@]/.test(shown) ? `'${shown}` : shown
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
