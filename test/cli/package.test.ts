import { execFile } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/cli-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = temporaryFolder()
const run = promisify(execFile)
const packed = join(folder.path, 'package')

beforeAll(async () => {
  await run('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: root })
  await run('tar', ['xzf', join(folder.path, 'vllm-gateway-0.1.0.tgz'), '-C', folder.path])
  // As npm would install them, without asking the registry again.
  symlinkSync(join(root, 'node_modules'), join(packed, 'node_modules'))
}, 120_000)
afterAll(() => folder.remove())

test('the packed package runs its command from another folder', async () => {
  const { stdout } = await run(process.execPath, [join(packed, 'dist/main.js'), 'config', 'print', '--json'], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'] },
  })
  expect(JSON.parse(stdout)).toMatchObject({ settings: { port: 8044 } })
})

test('its command is the one that package.json names, for any Node: an old one hands over to the one beside it', async () => {
  const { bin } = JSON.parse(await readFile(join(packed, 'package.json'), 'utf8'))
  const text = await readFile(join(packed, bin['vllm-gateway']), 'utf8')
  expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
})

test('npx runs it in a checkout', async () => {
  // Of its own, because a cache that an earlier npx broke stays broken.
  const env = { ...process.env, npm_config_cache: join(folder.path, 'npm-cache') }
  const { stdout } = await run('npx', ['vllm-gateway', '--version'], { cwd: root, env })
  expect(stdout.trim()).toBe('0.1.0')
}, 60_000)
