import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findForbiddenImports, type SourceFile } from './architecture/find-forbidden-imports.ts'
import { findConsoleUses, findEnvironmentReads, hasEmptyName } from './architecture/find-forbidden-names.ts'
import { readImportTable } from './architecture/import-table.ts'

const root = join(import.meta.dirname, '..')
/** A test reads as a list, so that it may be longer. */
const linesMax = [
  { patterns: ['{src,scripts}/**/*.ts', '{scripts,docker}/**/*.sh'], lines: 250 },
  { patterns: ['test/**/*.ts'], lines: 450 },
]

/** What these make is made once, for the process, a service or one of its servers, a file or a run of the look-alike. */
const madeOnce = [
  'src/admission/places.ts',
  'src/conversations/presence.ts',
  'src/embeddings/{batch-line,batches}.ts',
  'src/http/{door,drain}.ts',
  'src/keys/{key-copy,keys,store-reader}.ts',
  'src/sharing/fair-line.ts',
  'src/simulator/**/*.ts',
  'src/speech/temporary-file.ts',
  'src/upstream/{answer-watch,embeddings-tokenizer,embeddings-upstream,server-cards,server-looks,vllm-server}.ts',
  'src/upstream/balance/{ejection,model-server}.ts',
  'src/usage/{shipping-news,spool}.ts',
]

function readFiles(...patterns: string[]): SourceFile[] {
  return globSync(patterns, { cwd: root }).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

const readme = readFileSync(join(root, 'src/README.md'), 'utf8')
const table = readImportTable(readme)
const sources = readFiles('src/**/*.ts')

/** Such as `src/keys/key-ring.ts:12`, for each line that is found. */
function places(files: readonly SourceFile[], find: (text: string) => number[]): string[] {
  return files.flatMap(({ path, text }) => find(text).map((line) => `${path}:${line}`))
}

describe('the house', () => {
  test('has a source to judge', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(table.size).toBeGreaterThan(10)
  })

  test('imports only what the table of src/README.md allows', () => {
    expect(findForbiddenImports(table, sources)).toEqual([])
  })

  test('tells of every room in a paragraph', () => {
    const rooms = new Set(sources.map(({ path }) => path.split('/')[1] ?? path))
    expect([...rooms].filter((room) => !readme.includes(`**\`${room}\`**`))).toEqual([])
  })

  test('reads the environment only in the settings, which the command line hands it to once', () => {
    const outside = sources.filter(({ path }) => !/^src\/(?:settings|cli)\//.test(path))
    expect(places(outside, findEnvironmentReads)).toEqual([])
    const commands = sources.filter(({ path }) => path.startsWith('src/cli/'))
    expect(places(commands, findEnvironmentReads).slice(1)).toEqual([])
  })

  test('never writes to the console', () => {
    expect(places(sources, findConsoleUses)).toEqual([])
  })

  // V8 makes a hidden class for each object whose literal has a getter, in old memory, which then keeps all that it holds.
  test('gives getters to object literals only where what they make is made once', () => {
    const once = new Set(readFiles(...madeOnce).map(({ path }) => path))
    const others = sources.filter(({ path, text }) => !once.has(path) && /^ {4,}get \w+\(\)/m.test(text))
    expect(others.map(({ path }) => path)).toEqual([])
  })

  test.each(linesMax)('has no file of more than $lines lines in $patterns', ({ patterns, lines }) => {
    const long = readFiles(...patterns).filter(({ text }) => text.trimEnd().split('\n').length > lines)
    expect(long.map(({ path }) => path)).toEqual([])
  })

  test('has no file whose name says nothing', () => {
    const files = readFiles('{src,test,scripts,docker,config}/**/*.{ts,sh,yaml,md}')
    expect(files.filter(hasEmptyName).map(({ path }) => path)).toEqual([])
  })

  test('begins every dialect with the same file names, those of streams where it has them', () => {
    const dialects = globSync('src/dialects/*/', { cwd: root }).sort()
    const names = ['decode-request', 'encode-error', 'encode-reply', 'index', 'wire-request']
    const streams = (dialect: string) => readFileSync(join(root, dialect, 'index.ts'), 'utf8').includes('openStream')
    const namesOf = (dialect: string) => [...names, ...(streams(dialect) ? ['encode-events'] : [])]
    const missing = dialects.flatMap((dialect) =>
      namesOf(dialect)
        .map((name) => join(dialect, `${name}.ts`))
        .filter((path) => !existsSync(join(root, path))),
    )
    expect(dialects.length).toBeGreaterThan(1)
    expect(missing).toEqual([])
  })
})
