import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Of util-linux: runs a command on a terminal of its own. */
const terminalMaker = 'script'
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A command of the gateway's on a terminal of its own, and the person before it. */
export interface Terminal {
  /** What was on the screen since the last time, up to and with the pattern; fails when the command ends first. */
  see(pattern: RegExp): Promise<string>
  /** Presses keys: `\r` is Enter, `\x03` is Ctrl-C, `\x04` is Ctrl-D. */
  press(keys: string): void
  /** From here on nobody takes what is written, as in a paused tmux, until one looks again. */
  lookAway(): void
  lookAgain(): void
  /** Sends a signal to the command alone. */
  signal(signal: NodeJS.Signals): void
  /** Resolves with the command's exit code, once it ends by itself. */
  readonly exited: Promise<number | null>
  kill(): void
}

/** True where `script` of util-linux is there to make a terminal; that of other systems knows other flags. */
export function terminalIsAvailable(): boolean {
  const { stdout } = spawnSync(terminalMaker, ['--version'], { encoding: 'utf8' })
  return typeof stdout === 'string' && stdout.includes('util-linux')
}

export function openTerminal(
  args: readonly string[],
  environment: Record<string, string> = {},
  program = main,
): Terminal {
  const command = [process.execPath, program, ...args].map(quoted).join(' ')
  const child = spawn(terminalMaker, ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), SHELL: '/bin/sh', TERM: 'xterm', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return {
    see: readScreen(child),
    lookAway: () => void child.stdout?.pause(),
    lookAgain: () => void child.stdout?.resume(),
    signal: (signal) => void process.kill(lastDescendantOf(child.pid ?? 0), signal),
    press: (keys) => void child.stdin?.write(keys),
    exited: once(child, 'exit').then(([code]) => code),
    kill: () => void child.kill('SIGKILL'),
  }
}

function readScreen(child: ChildProcess): Terminal['see'] {
  let unseen = ''
  let look = () => {}
  child.stdout?.setEncoding('utf8')
  child.stdout?.on('data', (text: string) => {
    unseen += text
    look()
  })
  return (pattern) =>
    new Promise((resolve, reject) => {
      child.once('close', () => reject(new Error(`It ended without ${pattern}:\n${unseen}`)))
      look = () => {
        const match = pattern.exec(unseen)
        if (match === null) return
        const end = match.index + match[0].length
        resolve(unseen.slice(0, end))
        unseen = unseen.slice(end)
        look = () => {}
      }
      look()
      child.stdout?.resume()
    })
}

/** The maker has a shell run the command. */
function lastDescendantOf(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return child ? lastDescendantOf(Number(child)) : pid
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
