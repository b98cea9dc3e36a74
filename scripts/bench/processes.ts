import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { searchPath } from './cores.ts'

interface Command {
  readonly words: readonly string[]
  /** The core to run on; undefined for any. */
  readonly core: string | undefined
  readonly environment?: Readonly<Record<string, string>>
}

export interface RunningProcess {
  readonly pid: number
  /** True once it has ended by itself. */
  readonly hasEnded: boolean
  /** The end of what it wrote. */
  lastWords(): string
  stop(): Promise<void>
}

/** The processes of one run: started on their core, their output in a file, and all stopped at the end. */
export interface Processes {
  start(name: string, command: Command): RunningProcess
  /** Runs a command to its end and gives what it wrote. Throws when it fails. */
  run(command: Command): Promise<string>
  stopAll(): Promise<void>
}

/** How long a process has for an end of its own. */
const stopMs = 5000

export function createProcesses(folder: string): Processes {
  const running = new Set<RunningProcess>()
  let started = 0

  return {
    start(name, command) {
      const file = join(folder, `${++started}-${name}.log`)
      const output = openSync(file, 'a')
      const [program, words] = pinned(command)
      const child = spawn(program, words, { env: environmentOf(command), stdio: ['ignore', output, output] })
      const found = wrap(child, file, () => running.delete(found))
      running.add(found)
      return found
    },
    run: (command) =>
      new Promise((resolve, reject) => {
        const [program, words] = pinned(command)
        execFile(program, words, { env: environmentOf(command) }, (error, output, complaint) => {
          if (error === null) resolve(output)
          else reject(new Error(lastLines(complaint || error.message)))
        })
      }),
    async stopAll() {
      await Promise.all([...running].map((found) => found.stop()))
    },
  }
}

function wrap(child: ChildProcess, file: string, forget: () => void): RunningProcess {
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  return {
    pid: child.pid ?? 0,
    get hasEnded() {
      return hasEnded
    },
    lastWords: () => lastLines(readFileSync(file, 'utf8')),
    async stop() {
      forget()
      child.kill()
      const impatience = setTimeout(() => child.kill('SIGKILL'), stopMs)
      await ended
      clearTimeout(impatience)
    },
  }
}

function pinned({ words, core }: Command): [string, string[]] {
  const [program = '', ...rest] = core === undefined ? words : ['taskset', '-c', core, ...words]
  return [program, rest]
}

/** The caller's own settings of a gateway must not leak into the one that is measured. */
function environmentOf({ environment }: Command): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GATEWAY_'))
  return { ...Object.fromEntries(inherited), PATH: searchPath(), ...environment }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join('\n')
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
