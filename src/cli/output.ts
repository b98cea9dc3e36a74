import { onOneLine, withoutOrders } from './shown-text.ts'

/** Something the user can put right: told as one message, without a stack. */
export class CliError extends Error {}

export function printJson(value: unknown): void {
  process.stdout.write(jsonText(value))
}

export function jsonText(value: unknown): string {
  return `${escapeRest(JSON.stringify(value, null, 2))}\n`
}

/** JSON escapes only the older control characters by itself; a terminal obeys these too. They stand in strings alone. */
function escapeRest(json: string): string {
  return json.replaceAll(/[\u007f-\u009f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(linesText(lines))
}

export function linesText(lines: readonly string[]): string {
  return `${withoutOrders(lines.join('\n'))}\n`
}

/** Rows as aligned columns under their names. */
export function printTable(columns: readonly string[], values: readonly (readonly string[])[]): void {
  const rows = values.map((row) => row.map(onOneLine))
  const widths = columns.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  printLines([line(columns), ...rows.map(line)])
}
