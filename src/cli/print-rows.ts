import { printCsv } from './csv.ts'
import { printJson, printTable } from './output.ts'

/** How a list is told: as a table for people, else for programs. */
export interface FormatFlags {
  readonly json?: true
  readonly csv?: true
}

/** A list whose JSON is as it came, and whose cells are text. */
export function printRows<Item extends object>(
  items: readonly Item[],
  { json, csv }: FormatFlags,
  columns: Readonly<Record<string, (item: Item) => string>>,
): void {
  const names = Object.keys(columns)
  const rows = () => items.map((item) => Object.values(columns).map((cell) => cell(item)))
  if (json) printJson(items)
  else if (csv) printCsv(names, rows())
  else
    printTable(
      names.map((name) => name.replaceAll('_', ' ').toUpperCase()),
      rows(),
    )
}
