import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A command of the gateway's, run as a process of its own with an environment of its own. */
export interface CliProcess {
  readonly child: ChildProcess
  readonly stdout: string
  readonly stderr: string
  /** Resolves with the match as soon as the output, both streams together, has it; fails when the process ends first. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends a signal and resolves with the exit code, or with the signal that ended the process. */
  end(signal?: NodeJS.Signals): Promise<number | string | null>
  exited: Promise<number | string | null>
}

export interface CliOptions {
  readonly environment?: Record<string, string>
  readonly folder?: string
  readonly stdout?: 'pipe' | number
  readonly stderr?: 'pipe' | number
  /** What the command reads on stdin; nothing where it is not given, a pipe that stays open and silent where it is null. */
  readonly stdin?: string | null
}

/** Of the environment of the tests a command has the path alone. */
export function environmentOf(own: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...own }
}

export function startCli(
  args: readonly string[],
  { environment = {}, folder, stdout = 'pipe', stderr = 'pipe', stdin }: CliOptions = {},
): CliProcess {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder ?? tmpdir(),
    env: environmentOf(environment),
    stdio: [stdin === undefined ? 'ignore' : 'pipe', stdout, stderr],
  })
  if (stdin !== null) child.stdin?.end(stdin)
  let out = ''
  let err = ''
  const exited = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const closed = once(child, 'close')
  child.stdout?.on('data', (data) => {
    out += data
  })
  child.stderr?.on('data', (data) => {
    err += data
  })

  function waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(out) ?? pattern.exec(err)
        if (match !== null) resolve(match)
      }
      child.stdout?.on('data', look)
      child.stderr?.on('data', look)
      closed.then(() => reject(new Error(`It ended without ${pattern}:\n${out}\n${err}`)))
      look()
    })
  }

  return {
    child,
    get stdout() {
      return out
    },
    get stderr() {
      return err
    },
    waitFor,
    exited,
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      const code = await exited
      await closed
      return code
    },
  }
}

export interface CliResult {
  readonly code: number | string | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  const cli = startCli(args, options)
  await once(cli.child, 'close')
  return { code: await cli.exited, stdout: cli.stdout, stderr: cli.stderr }
}

/** A folder for one test file; `remove` at its end. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'vllm-gateway-cli-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
