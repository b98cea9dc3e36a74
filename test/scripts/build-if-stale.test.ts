import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/build-if-stale.sh', import.meta.url))
const files = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src/main.ts']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-if-stale-'))
  mkdirSync(join(folder, 'src'))
  mkdirSync(join(folder, 'scripts'))
  cpSync(script, join(folder, 'scripts/build-if-stale.sh'))
  for (const file of files) writeFileSync(join(folder, file), '{}')
  const build = { scripts: { build: 'mkdir -p dist && touch dist/main.js dist/built' } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(build))
})
afterEach(() => rmSync(folder, { recursive: true }))

function run(): boolean {
  rmSync(join(folder, 'dist/built'), { force: true })
  execFileSync('bash', [join(folder, 'scripts/build-if-stale.sh')])
  return existsSync(join(folder, 'dist/built'))
}

test('what is missing is built, and what is newer than its sources is left', () => {
  expect(run()).toBe(true)
  expect(run()).toBe(false)
})

test.each(files)('a newer %s is built', (file) => {
  run()
  const later = Date.now() / 1000 + 10
  utimesSync(join(folder, file), later, later)
  expect(run()).toBe(true)
})
