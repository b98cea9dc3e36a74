import { fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type CliOptions, type CliResult, environmentOf } from './cli-process.ts'

const program = fileURLToPath(new URL('run-commands.ts', import.meta.url))

export interface CommandOrder {
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly folder: string
}

/** The commands, run one after another in one process of their own that is started once. */
export interface KeptCli {
  run(args: readonly string[], options?: Pick<CliOptions, 'environment' | 'folder'>): Promise<CliResult>
  stop(): Promise<void>
}

/**
 * For what commands say and do: most of the time of a process goes into its start. That a command ends by itself, and with
 * which code, is for `runCli` to see, once a command.
 */
export function startKeptCli(): KeptCli {
  const child = fork(program, { env: environmentOf({}), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  let last: Promise<unknown> = Promise.resolve()

  async function order(order: CommandOrder): Promise<CliResult> {
    const answered = once(child, 'message')
    child.send(order)
    const [result] = await Promise.race([answered, exited.then(() => [undefined])])
    if (result === undefined) throw new Error(`${order.args.join(' ')} ended the process that runs the commands.`)
    return result
  }

  return {
    run(args, { environment = {}, folder = tmpdir() } = {}) {
      const result = last.then(() => order({ args, environment: environmentOf(environment), folder }))
      last = result.catch(() => undefined)
      return result
    },
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
