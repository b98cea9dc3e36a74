import { posix } from 'node:path'
import type { ImportTable, Row } from './import-table.ts'
import { type Import, readImports } from './read-imports.ts'

export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string
  readonly text: string
}

/** One plain sentence for each import that the table does not allow. */
export function findForbiddenImports(table: ImportTable, files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path)
    const row = table.get(room)
    if (row === undefined) return [`${file.path} lies in \`${room}\`, which has no row in the table of src/README.md.`]
    return readImports(file.text).flatMap((found) => {
      const fault = judge(file.path, row, found)
      return fault === undefined ? [] : [`${file.path}:${found.line} ${fault}`]
    })
  })
}

/** The folder in `src/`, or the file where it lies directly there. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? path
}

function judge(path: string, row: Row, { specifier }: Import): string | undefined {
  if (specifier === undefined) return 'imports what it computes, so nobody can say what that is.'
  return specifier.startsWith('.') ? judgeFile(path, row, specifier) : judgePackage(roomOf(path), row, specifier)
}

function judgeFile(path: string, row: Row, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  if (!target.startsWith('src/')) return `imports ${target}, which is not in src/.`
  const [from, to] = [roomOf(path), roomOf(target)]
  if (from !== to) return row.rooms.has(to) ? undefined : `imports ${target}, but ${mayImport(from, row)}.`
  return judgeDialect(path, target)
}

/** Files that lie directly in `src/dialects/` are shared by the dialects, so they know none of them. */
function judgeDialect(path: string, target: string): string | undefined {
  const [from, to] = [dialectOf(path), dialectOf(target)]
  if (to === undefined || from === to) return undefined
  return from === undefined
    ? `imports ${target}, but what the dialects share may not know one of them.`
    : `imports ${target}, but the dialect \`${from}\` may not know the dialect \`${to}\`.`
}

function dialectOf(path: string): string | undefined {
  const [, room, dialect, file] = path.split('/')
  return room === 'dialects' && file !== undefined ? dialect : undefined
}

function judgePackage(room: string, row: Row, specifier: string): string | undefined {
  const isFree = specifier.startsWith('node:') && specifier !== 'node:sqlite'
  const [first = '', second = ''] = specifier.split('/')
  const name = first.startsWith('@') ? `${first}/${second}` : first
  if (isFree || row.packages.has(name) || row.packages.has(`${first}/*`)) return undefined
  const named = [...row.packages].join(', ')
  return `imports the package ${name}, but \`${room}\` may name ${named === '' ? 'no package' : `only ${named}`}.`
}

function mayImport(room: string, row: Row): string {
  const names = [...row.rooms].map((name) => `\`${name}\``).join(', ')
  return `\`${room}\` may import ${names === '' ? 'no other room' : `only ${names}`}`
}
