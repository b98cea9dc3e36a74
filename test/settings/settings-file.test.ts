import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorkingDirectory, type WorkingDirectory } from './working-directory.ts'

function refusal({ path, refuse }: WorkingDirectory): string {
  const { problems } = refuse({})
  expect(problems).toHaveLength(1)
  expect(problems[0]?.name).toBe('config/gateway.yaml')
  return problems[0]?.found.replace(path, '') ?? ''
}

test('where nobody has put a file there is none', () => {
  expect(createWorkingDirectory().load({}).file).toBeNull()
  const directory = createWorkingDirectory()
  directory.write('config', 'a file of somebody else')
  expect(directory.load({}).file).toBeNull()
})

test('a file behind a link that leads nowhere is not taken for none', () => {
  const directory = createWorkingDirectory()
  mkdirSync(join(directory.path, 'config'))
  symlinkSync('..data/gateway.yaml', join(directory.path, 'config/gateway.yaml'))
  expect(refusal(directory)).toBe('/config/gateway.yaml, which cannot be read (ENOENT)')
})

test('nor is one in a folder behind such a link', () => {
  const directory = createWorkingDirectory()
  symlinkSync('nowhere', join(directory.path, 'config'))
  expect(refusal(directory)).toBe('/config/gateway.yaml, which cannot be read (ENOENT)')
})

test.each(['config', 'config/gateway.yaml'])('nor is one behind %s where that is a link to itself', (name) => {
  const directory = createWorkingDirectory()
  if (name !== 'config') mkdirSync(join(directory.path, 'config'))
  symlinkSync(basename(name), join(directory.path, name))
  expect(refusal(directory)).toBe('/config/gateway.yaml, which cannot be read (ELOOP)')
})

test.skipIf(process.getuid?.() === 0)('nor is one in a folder that this user may not look into', () => {
  const directory = createWorkingDirectory()
  directory.write('config/gateway.yaml', 'port: 1')
  const folder = join(directory.path, 'config')
  chmodSync(folder, 0o000)
  try {
    expect(refusal(directory)).toBe('/config/gateway.yaml, which cannot be read (EACCES)')
  } finally {
    chmodSync(folder, 0o700)
  }
})
