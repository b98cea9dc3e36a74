import { printLines } from './output.ts'

/** Records as comma-separated values with their names above (RFC 4180). */
export function printCsv(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void {
  printLines([columns, ...rows].map((row) => row.map(cell).join(',')))
}

/** A spreadsheet runs what begins with certain signs; end users choose their own names. */
function cell(value: string | number | null): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
