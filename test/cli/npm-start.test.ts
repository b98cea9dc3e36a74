import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Whatever is left of it, if anything. */
function endGroup(pid = 0): void {
  try {
    if (pid > 0) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing is left.
  }
}

/** Such as a service manager sends it: to npm alone, which is what it has started. */
test('SIGTERM to npm start ends the gateway with it, well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'npm-start-'))
  const words = ['start', '--', '--port', '0', '--data-dir', folder, '--log-format', 'json']
  const npm = spawn('npm', words, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  try {
    const said: string[] = []
    for await (const line of createInterface({ input: npm.stdout })) {
      said.push(line)
      if (line.includes('the gateway listens')) npm.kill('SIGTERM')
    }
    if (npm.exitCode === null && npm.signalCode === null) await once(npm, 'exit')
    // All of its output is there, so that nothing is left that writes.
    expect(said.some((line) => line.includes('the gateway has ended'))).toBe(true)
  } finally {
    endGroup(npm.pid)
    rmSync(folder, { recursive: true })
  }
}, 60_000)
