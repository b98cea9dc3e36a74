import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { startCli, temporaryFolder } from '../support/cli-process.ts'
import { openTerminal, terminalIsAvailable } from '../support/terminal.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const key = 'an-administrator-key'

test.each(['json', 'pretty'])(
  'as %s, a log that nobody reads holds up neither requests nor the end',
  async (format) => {
    const simulator = createSimulator()
    const { url: vllmUrl } = await simulator.listen()
    // A process that holds the reading end of the pipe and never reads.
    const reader = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] })
    const environment = { GATEWAY_ADMIN_KEY: key, GATEWAY_VLLM_URL: vllmUrl, GATEWAY_LOG_FORMAT: format }
    const descriptor = (reader.stdin as unknown as { _handle: { fd: number } })._handle.fd
    const cli = startCli(['serve', '--port', '0'], { environment, folder: folder.path, stdout: descriptor })
    try {
      const url = await addressOf(cli.child.pid ?? 0)
      expect(await slowestOf(800, url)).toBeLessThan(1000)
      const before = performance.now()
      expect(await cli.end('SIGTERM')).toBe(0)
      expect(performance.now() - before).toBeLessThan(5000)
    } finally {
      cli.child.kill('SIGKILL')
      reader.kill('SIGKILL')
      await once(reader, 'exit')
      await simulator.close()
    }
  },
)

/** A terminal itself takes less than a pipe, but it is shown through one. */
test.skipIf(!terminalIsAvailable()).each(['json', 'pretty'])(
  'as %s, a log on a terminal that nobody reads holds up neither requests nor the end',
  async (format) => {
    const environment = { GATEWAY_ADMIN_KEY: key, GATEWAY_LOG_FORMAT: format }
    const terminal = openTerminal(['serve', '--port', '0', '--data-dir', join(folder.path, format)], environment)
    onTestFinished(() => terminal.kill())
    const screen = await terminal.see(/the gateway listens[^\n]*\n/)
    const [url = ''] = /http:\/\/[\d.:]+/.exec(screen.slice(screen.lastIndexOf('listens') - 200)) ?? []
    terminal.lookAway()
    expect(await slowestOf(2000, url)).toBeLessThan(1000)
    terminal.signal('SIGTERM')
    await expect.poll(() => fetch(url).catch(() => 'gone'), { timeout: 10_000 }).toBe('gone')
    terminal.lookAgain()
    expect(await terminal.exited).toBe(0)
  },
  60_000,
)

async function slowestOf(requests: number, url: string): Promise<number> {
  let slowestMs = 0
  for (let asked = 0; asked < requests; asked++) {
    const before = performance.now()
    await (await fetch(`${url}/livez`)).text()
    slowestMs = Math.max(slowestMs, performance.now() - before)
  }
  return slowestMs
}

/** The log cannot be read here, so that the port is found where the kernel lists it. */
async function addressOf(pid: number): Promise<string> {
  const { readFile, readdir, readlink } = await import('node:fs/promises')
  for (;;) {
    const links = await Promise.all(
      (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    )
    const sockets = new Set(
      links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter((inode) => inode !== undefined),
    )
    const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/))
    const listening = rows.find((columns) => columns[3] === '0A' && sockets.has(columns[9] ?? ''))
    if (listening !== undefined) return `http://127.0.0.1:${Number.parseInt(listening[1]?.split(':')[1] ?? '0', 16)}`
    await new Promise((resolve) => setImmediate(resolve))
  }
}
