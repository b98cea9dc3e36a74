import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ci-run-'))
const script = join(folder, '.ci/run')

/** An npm that notes how it was called, fails where `FAIL` says so, and leaves `REPORT` where vitest would. */
const npm = `#!/bin/sh
echo "CI=$CI in $PWD: npm $*" >>"$CALLS"
case "$*" in "$FAIL"*) exit 1 ;; esac
for word; do case $word in --outputFile.json=*) printf '%s' "$REPORT" >"\${word#*=}" ;; esac; done
`

beforeAll(() => {
  for (const name of ['.ci', 'bin', 'node_modules/.bin']) mkdirSync(join(folder, name), { recursive: true })
  copyFileSync(join(import.meta.dirname, '../../.ci/run'), script)
  writeFileSync(join(folder, 'bin/npm'), npm, { mode: 0o755 })
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'))
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Run {
  readonly code: number
  readonly lastLine: string | undefined
  readonly output: string
  readonly calls: string[]
}

function report(passed: number, failed: number, testResults: object[] = []): string {
  return JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults })
}

function run(environment: Record<string, string>): Promise<Run> {
  const calls = join(folder, 'calls')
  rmSync(calls, { force: true })
  const env = { PATH: join(folder, 'bin'), CALLS: calls, FAIL: 'nothing', ...environment }
  return new Promise((resolve) => {
    execFile('/bin/bash', [script], { env, cwd: tmpdir() }, (error, output) => {
      const code = typeof error?.code === 'number' ? error.code : 0
      const lines = readFileSync(calls, 'utf8').trimEnd().split('\n')
      resolve({ code, output, lastLine: output.trimEnd().split('\n').at(-1), calls: lines })
    })
  })
}

test('installs, tests and checks, in this order, from the repository, as CI', async () => {
  const { code, lastLine, calls } = await run({ REPORT: report(12, 0) })
  expect({ code, lastLine }).toEqual({ code: 0, lastLine: '12 passed, 0 failed' })
  expect(calls).toEqual([
    `CI=true in ${folder}: npm ci`,
    expect.stringMatching(/: npm test -- --reporter=default --reporter=json --outputFile\.json=\/\S+$/),
    `CI=true in ${folder}: npm run check`,
  ])
})

test.each([
  ['a failed install', 'ci', report(12, 0), '0 passed, 1 failed'],
  ['failed checks', 'run check', report(12, 0), '12 passed, 0 failed'],
  ['tests that leave no report', 'test', '', '0 passed, 1 failed'],
  ['tests that leave half a report', 'nothing', '{"numPassedTests":1', '0 passed, 1 failed'],
])('fails after %s, and says so in its last line', async (_what, fail, left, wanted) => {
  const { code, lastLine } = await run({ FAIL: fail, REPORT: left })
  expect({ code, lastLine }).toEqual({ code: 1, lastLine: wanted })
})

test('still runs the checks after tests that fail, and counts those', async () => {
  const failing = npm.replace('done\n', `done\n[ "$1" != test ]\n`)
  writeFileSync(join(folder, 'bin/npm'), failing, { mode: 0o755 })
  const { code, lastLine, output, calls } = await run({ REPORT: report(12, 3) })
  writeFileSync(join(folder, 'bin/npm'), npm, { mode: 0o755 })
  expect({ code, lastLine }).toEqual({ code: 1, lastLine: '12 passed, 3 failed' })
  expect(output).toContain('npm test failed.')
  expect(calls.at(-1)).toContain('npm run check')
})

test('counts a test file that does not load as a failure', async () => {
  const broken = { status: 'failed', assertionResults: [] }
  const counted = { status: 'failed', assertionResults: [{ status: 'failed' }] }
  const { lastLine } = await run({ REPORT: report(12, 1, [broken, counted]) })
  expect(lastLine).toBe('12 passed, 2 failed')
})
