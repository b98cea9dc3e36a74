import { describe, expect, test } from 'vitest'
import { findForbiddenImports } from './find-forbidden-imports.ts'
import { findConsoleUses, findEnvironmentReads, hasEmptyName } from './find-forbidden-names.ts'
import { readImportTable } from './import-table.ts'
import { readImports } from './read-imports.ts'

function specifiers(source: string): (string | undefined)[] {
  return readImports(source).map(({ specifier }) => specifier)
}

describe('the import scanner', () => {
  test.each([
    ['a static import', "import { a } from './a.ts'"],
    ['a default import', "import a from './a.ts'"],
    ['a namespace', "import * as a from './a.ts'"],
    ['a type', "import type { A } from './a.ts'"],
    ['an import for its side effects', "import './a.ts'"],
    ['a re-export', "export { a } from './a.ts'"],
    ['a re-export of everything', "export * from './a.ts'"],
    ['a re-exported type', "export type { A } from './a.ts'"],
    ['an import over several lines', "import {\n  a,\n  type B,\n} from './a.ts'"],
    ['double quotes', 'import { a } from "./a.ts"'],
    ['a dynamic import', "const a = await import('./a.ts')"],
    ['a dynamic import with a template', 'const a = await import(`./a.ts`)'],
    ['a dynamic import with options', "const a = await import('./a.ts', { with: { type: 'json' } })"],
    ['an imported type in place', "let a: import('./a.ts').A"],
    ['a require', "const a = require('./a.ts')"],
    ['an import after a comment', "/* one */ import /* two */ { a } from /* three */ './a.ts' // four"],
    ['an import after a regular expression that holds quotes', "const q = /['\"`]/\nconst a = await import('./a.ts')"],
    ['an import after one that looks like a comment', "x.replace(/\\/*$/, '')\nconst a = await import('./a.ts')"],
    ['an import after a division', "const half = size / 2\nconst a = await import('./a.ts') // a / b"],
    ['an import that is spread', "const all = [...import('./a.ts')]"],
  ])('finds %s', (_name, source) => {
    expect(specifiers(source)).toEqual(['./a.ts'])
  })

  test.each([
    ['a comment', "// import { a } from './a.ts'\n/* import './b.ts' */"],
    ['a string', 'const a = "import { a } from \'./a.ts\'"'],
    ['a template', "const a = `import './a.ts'`"],
    ['a method called from', "Buffer.from('abc'); GatewayError.from(thrown)"],
    ['a method called import', "keys.import('abc')"],
    ['a property called from', "const a = { from: 'columns', import: 'x' }"],
    ['import.meta', "new URL('./a.txt', import.meta.url)"],
  ])('is not led astray by %s', (_name, source) => {
    expect(specifiers(source)).toEqual([])
  })

  test('says where an import stands', () => {
    expect(readImports("/*\n\n*/\nimport { a } from './a.ts'\n\nimport './b.ts'").map(({ line }) => line)).toEqual([
      4, 6,
    ])
  })

  const template = ['await import(`./', '{name}.ts`)'].join('$')

  test.each(['await import(name)', template, "await import('./a' + name)"])(
    'does not pretend to know what %s is',
    (source) => {
      expect(specifiers(source)).toEqual([undefined])
    },
  )
})

const table = readImportTable(`
Some text | with a bar.

| room | may import | packages it may name |
|---|---|---|
| \`chat\` | – | zod |
| \`dialects/*\` | \`chat\`; never another dialect, not \`even\` one | zod |
| \`keys\`, \`usage\` | \`chat\`, \`database\` | – |
| \`database\` | – | kysely, node:sqlite |
| \`http\` | \`chat\`, \`dialects\` | fastify, @fastify/* |
| \`gateway.ts\` | every room but \`cli\` | pino |
| \`cli\` | \`gateway.ts\` | commander |

| room | may import | packages it may name |
| \`chat\` | \`http\` | pino |
`)

function forbidden(path: string, text: string): string[] {
  return findForbiddenImports(table, [{ path, text }])
}

describe('the import table', () => {
  test.each([
    ['src/keys/key-ring.ts', "import type { Caller } from '../chat/caller.ts'"],
    ['src/usage/ledger.ts', "import { openDatabase } from '../database/open-database.ts'"],
    ['src/chat/events.ts', "import * as z from 'zod'\nimport { a } from './a.ts'"],
    ['src/chat/events.ts', "import { randomUUID } from 'node:crypto'"],
    ['src/chat/events.ts', "import * as z from 'zod/mini'"],
    ['src/database/sqlite.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['src/http/door.ts', "import bearer from '@fastify/bearer-auth'\nimport Fastify from 'fastify'"],
    ['src/dialects/gemini/index.ts', "import { a } from '../openai-body.ts'\nimport { b } from '../../chat/b.ts'"],
    ['src/dialects/gemini/index.ts', "import { decode } from './decode-request.ts'"],
    ['src/gateway.ts', "import { a } from './http/door.ts'\nimport pino from 'pino'"],
    ['src/cli/serve.ts', "import { startGateway } from '../gateway.ts'"],
  ])('lets %s say: %s', (path, text) => {
    expect(forbidden(path, text)).toEqual([])
  })

  test.each([
    [
      'src/chat/serve-chat.ts',
      "\nimport type { Door } from '../http/door.ts'",
      'src/chat/serve-chat.ts:2 imports src/http/door.ts, but `chat` may import no other room.',
    ],
    [
      'src/keys/key-ring.ts',
      "const a = await import('../http/door.ts')",
      'src/keys/key-ring.ts:1 imports src/http/door.ts, but `keys` may import only `chat`, `database`.',
    ],
    [
      'src/usage/ledger.ts',
      "import { FindKey } from '../keys/key-ring.ts'",
      'src/usage/ledger.ts:1 imports src/keys/key-ring.ts, but `usage` may import only `chat`, `database`.',
    ],
    [
      'src/keys/adopted.ts',
      "import { DatabaseSync } from 'node:sqlite'",
      'src/keys/adopted.ts:1 imports the package node:sqlite, but `keys` may name no package.',
    ],
    [
      'src/database/mysql.ts',
      "export { createPool } from 'mysql2/promise'",
      'src/database/mysql.ts:1 imports the package mysql2, but `database` may name only kysely, node:sqlite.',
    ],
    [
      'src/http/door.ts',
      "import { a } from '@other/thing/deep'",
      'src/http/door.ts:1 imports the package @other/thing, but `http` may name only fastify, @fastify/*.',
    ],
    [
      'src/dialects/gemini/index.ts',
      "import { encode } from '../openai-chat/encode-reply.ts'",
      'src/dialects/gemini/index.ts:1 imports src/dialects/openai-chat/encode-reply.ts, but the dialect `gemini` may not know the dialect `openai-chat`.',
    ],
    [
      'src/dialects/openai-body.ts',
      "import { encode } from './openai-chat/encode-reply.ts'",
      'src/dialects/openai-body.ts:1 imports src/dialects/openai-chat/encode-reply.ts, but what the dialects share may not know one of them.',
    ],
    [
      'src/gateway.ts',
      "import { serve } from './cli/serve.ts'",
      'src/gateway.ts:1 imports src/cli/serve.ts, but `gateway.ts` may import only `chat`, `dialects`, `keys`, `usage`, `database`, `http`, `gateway.ts`.',
    ],
    [
      'src/gateway.ts',
      "import manifest from '../package.json'",
      'src/gateway.ts:1 imports package.json, which is not in src/.',
    ],
    [
      'src/gateway.ts',
      'await import(name)',
      'src/gateway.ts:1 imports what it computes, so nobody can say what that is.',
    ],
    ['src/attic/old.ts', '', 'src/attic/old.ts lies in `attic`, which has no row in the table of src/README.md.'],
  ])('does not let %s say: %s', (path, text, sentence) => {
    expect(forbidden(path, text)).toEqual([sentence])
  })

  test('must be there', () => {
    expect(() => readImportTable('# No table')).toThrow('holds no table of rooms')
  })
})

describe('the name rules', () => {
  test.each([
    'process.env',
    "process.env['HOME']",
    'process?.env',
    "process['env']",
    'const { env } = process',
    "import { argv, env } from 'node:process'",
  ])('find the environment in: %s', (text) => {
    expect(findEnvironmentReads(text)).toEqual([1])
  })

  test.each(['// process.env', "'process.env'", 'process.exit(1)', 'const { env } = options', 'process.stdout.env'])(
    'do not find the environment in: %s',
    (text) => {
      expect(findEnvironmentReads(text)).toEqual([])
    },
  )

  test('find the console, but not a property or a comment of that name', () => {
    expect(findConsoleUses('// console.log\n{ console: 1 }\nx.console\nconsole.error(1)')).toEqual([4])
  })

  test('refuse names that say nothing', () => {
    const paths = ['src/http/utils.ts', 'src/helpers/a.ts', 'src/keys/key-manager.ts', 'src/common/a.ts', 'a/x-util.ts']
    expect(paths.filter((path) => !hasEmptyName({ path }))).toEqual([])
    expect(hasEmptyName({ path: 'src/keys/commonplace-key-ring.ts' })).toBe(false)
  })
})
