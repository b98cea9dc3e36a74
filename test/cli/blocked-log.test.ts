import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, expect, test } from 'vitest'
import { createSimulator } from '../../src/simulator/simulator.ts'
import { startCli, temporaryFolder } from '../support/cli-process.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

test('a log that nobody reads holds up neither requests nor the end', async () => {
  const simulator = createSimulator()
  const { url: vllmUrl } = await simulator.listen()
  // A process that holds the reading end of the pipe and never reads.
  const reader = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const environment = { GATEWAY_ADMIN_KEY: 'an-administrator-key', GATEWAY_VLLM_URL: vllmUrl, GATEWAY_PORT: '0' }
  const descriptor = (reader.stdin as unknown as { _handle: { fd: number } })._handle.fd
  const cli = startCli(['serve'], { environment, folder: folder.path, stdout: descriptor })
  try {
    const url = await addressOf(cli.child.pid ?? 0)
    let slowestMs = 0
    // Far more lines than a pipe holds (64 KiB).
    for (let asked = 0; asked < 2000; asked++) {
      const before = performance.now()
      const response = await fetch(`${url}/livez`)
      await response.text()
      slowestMs = Math.max(slowestMs, performance.now() - before)
    }
    expect(slowestMs).toBeLessThan(1000)
    const before = performance.now()
    expect(await cli.end('SIGTERM')).toBe(0)
    expect(performance.now() - before).toBeLessThan(5000)
  } finally {
    cli.child.kill('SIGKILL')
    reader.kill('SIGKILL')
    await once(reader, 'exit')
    await simulator.close()
  }
})

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
