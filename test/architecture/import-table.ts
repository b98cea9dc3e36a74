/** What one row of the table allows. */
export interface Row {
  readonly rooms: ReadonlySet<string>
  /** Package names; `@scope/*` allows a whole scope. Of Node's own modules only `node:sqlite` needs to be named. */
  readonly packages: ReadonlySet<string>
}

/** Rows by room, or by file where a file lies directly in `src/`. */
export type ImportTable = ReadonlyMap<string, Row>

const heading = /^\| *room *\| *may import *\| *packages it may name *\|$/m

/** Reads the table of rooms out of `src/README.md`. Throws when it is not there. */
export function readImportTable(markdown: string): ImportTable {
  const start = heading.exec(markdown)
  if (start === null) throw new Error('The text holds no table of rooms.')
  const lines = markdown.slice(start.index).split('\n').slice(2)
  const end = lines.findIndex((line) => !line.startsWith('|'))
  const cells = lines.slice(0, end === -1 ? undefined : end).map((line) => line.split('|').map((cell) => cell.trim()))
  const names = cells.flatMap(([, rooms = '']) => codeWords(rooms))
  return new Map(
    cells.flatMap(([, rooms = '', imports = '', packages = '']) =>
      codeWords(rooms).map((room) => [room, { rooms: readRooms(imports, names), packages: readPackages(packages) }]),
    ),
  )
}

/** "every room but `cli`" is all of them without the ones that are named. */
function readRooms(cell: string, all: readonly string[]): Set<string> {
  const named = new Set(codeWords(cell.split(';')[0] ?? ''))
  return cell.startsWith('every room') ? new Set(all.filter((room) => !named.has(room))) : named
}

function readPackages(cell: string): Set<string> {
  return new Set(cell.split(',').flatMap((name) => (/^[\w@]/.test(name.trim()) ? [name.trim()] : [])))
}

/** `dialects/*` stands for the room that the folder is. */
function codeWords(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(/\/\*$/, ''))
}
