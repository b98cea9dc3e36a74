import { existsSync, mkdtempSync, openSync, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type CliProcess, startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
/** A database that takes connections and says nothing, which a start waits a second for. */
let silent: Server
let slowly: Record<string, string>

beforeAll(async () => {
  silent = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const address = silent.address()
  slowly = {
    GATEWAY_DATABASE_URL: `mysql://a:b@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/c`,
    GATEWAY_SHUTDOWN_GRACE: '5s',
  }
})
afterAll(() => {
  silent.close()
  folder.remove()
})

const commands = {
  serve: { words: ['serve', '--port', '0'], shown: /hash: (vgw_\S+)/ },
  demo: { words: ['demo', '--port', '0', '--simulator-port', '0'], shown: /Key {7}(vgw_\S+)/ },
}
type Command = keyof typeof commands

function start(command: Command, dataDir: string, options: Parameters<typeof startCli>[1] = {}): CliProcess {
  const cli = startCli([...commands[command].words, '--data-dir', dataDir], { folder: folder.path, ...options })
  onTestFinished(() => void cli.child.kill('SIGKILL'))
  return cli
}

function newDataDir(): string {
  return join(mkdtempSync(join(folder.path, 'unseen-')), 'data')
}

function filesOfKey(dataDir: string): string[] {
  return existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name.startsWith('admin-key')) : []
}

async function expectKeyIsShown(command: Command, dataDir: string): Promise<void> {
  const next = start(command, dataDir)
  await next.waitFor(commands[command].shown)
  expect(await next.end()).toBe(0)
  expect(filesOfKey(dataDir)).toEqual(['admin-key.json'])
}

describe('an administrator’s key that was not shown is not kept', () => {
  test.each([
    ['serve', 'SIGTERM'],
    ['demo', 'SIGINT'],
  ] as const)(
    'by %s, because %s came while it started',
    async (command, signal) => {
      const dataDir = newDataDir()
      const cli = start(command, dataDir, { environment: slowly })
      await expect.poll(() => filesOfKey(dataDir).length, { interval: 5, timeout: 20_000 }).toBe(1)
      expect(await cli.end(signal)).toBe(0)
      expect(cli.stdout + cli.stderr).not.toContain('vgw_')
      expect(filesOfKey(dataDir)).toEqual([])
      await expectKeyIsShown(command, dataDir)
    },
    60_000,
  )

  test('because it was killed while it started', async () => {
    const dataDir = newDataDir()
    const cli = start('serve', dataDir, { environment: slowly })
    await expect.poll(() => filesOfKey(dataDir).length, { interval: 5, timeout: 20_000 }).toBe(1)
    await cli.end('SIGKILL')
    expect(filesOfKey(dataDir)).not.toContain('admin-key.json')
  }, 60_000)

  test.each(['/dev/full', '/dev/null'])(
    'because what it says goes to %s; it serves, and tells in its log',
    async (path) => {
      const dataDir = newDataDir()
      const cli = start('serve', dataDir, { stderr: openSync(path, 'w') })
      await cli.waitFor(/the administrator's key could not be shown and is not kept/)
      expect(await cli.end()).toBe(0)
      expect(filesOfKey(dataDir)).toEqual([])
      await expectKeyIsShown('serve', dataDir)
    },
    60_000,
  )
})

test('a SIGHUP while it starts ends no gateway that has no terminal', async () => {
  const dataDir = newDataDir()
  const cli = start('serve', dataDir, { environment: slowly })
  await expect.poll(() => filesOfKey(dataDir).length, { interval: 5, timeout: 20_000 }).toBe(1)
  cli.child.kill('SIGHUP')
  await cli.waitFor(commands.serve.shown)
  expect(await cli.end()).toBe(0)
}, 60_000)
