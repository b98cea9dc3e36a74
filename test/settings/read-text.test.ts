import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readText } from '../../src/settings/read-text.ts'
import { createWorkingDirectory } from './working-directory.ts'

function makePipe(): string {
  const path = join(createWorkingDirectory().path, 'pipe')
  execFileSync('sh', ['-c', `mkfifo '${path}'`])
  return path
}

test('a pipe is read to its end, also where its writer comes late and in pieces', () => {
  const pipe = makePipe()
  spawn('sh', ['-c', `{ sleep 0.1; printf one; sleep 0.1; printf two; } > '${pipe}'`])
  expect(readText(pipe)).toEqual({ content: 'onetwo' })
})

test('a pipe that nobody writes to, or into which nothing comes, is not waited for without an end', () => {
  const failure = 'nothing came for 0.05 s'
  const pipe = makePipe()
  expect(readText(pipe, 50)).toEqual({ failure })
  const writer = spawn('sh', ['-c', `exec sleep 60 > '${pipe}'`])
  expect(readText(pipe, 50)).toEqual({ failure })
  writer.kill()
})

test('a pipe into which no more comes is not waited for without an end', () => {
  const pipe = makePipe()
  const writer = spawn('sh', ['-c', `exec > '${pipe}'; printf one; exec sleep 60`])
  expect(readText(pipe, 1000)).toEqual({ failure: 'nothing came for 1 s' })
  writer.kill()
})

test('a pipe is waited for as long as something comes, however long that takes in all', () => {
  const pipe = makePipe()
  spawn('sh', ['-c', `{ for piece in 1 2 3 4 5; do printf $piece; sleep 0.4; done; } > '${pipe}'`])
  expect(readText(pipe, 1200)).toEqual({ content: '12345' })
})

test('what has no end is not read to it', () => {
  expect(readText('/dev/zero')).toEqual({ failure: 'more than 16 MiB' })
})

test('/dev/null is an empty file', () => {
  expect(readText('/dev/null')).toEqual({ content: '' })
})

test.each([
  ['UTF-16', Buffer.from('\ufeffport: 1', 'utf16le')],
  ['UTF-16 without a mark', Buffer.from('port: 1', 'utf16le')],
  ['Latin-1', Buffer.from('host: é', 'latin1')],
])('%s is told from text', (_name, content) => {
  const path = createWorkingDirectory().write('text', content)
  expect(readText(path)).toEqual({ failure: 'not UTF-8' })
})

test('a byte-order mark is no part of the text', () => {
  expect(readText(createWorkingDirectory().write('text', '\ufeffport: 1'))).toEqual({ content: 'port: 1' })
})
