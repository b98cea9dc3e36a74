import { join } from 'node:path'
import { run } from '../../src/cli/cli.ts'
import type { CliResult } from './cli-process.ts'
import type { CommandOrder } from './kept-cli.ts'

// The process that kept-cli.ts starts: runs one command after another, and sends what each said and its exit code.

const told = { stdout: '', stderr: '' }
for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (text: string | Uint8Array) => {
    told[name] += text
    return true
  }
}

process.on('message', async ({ args, environment, folder }: CommandOrder) => {
  process.chdir(folder)
  // Replaced as a whole: nothing of one command's environment is left for the next.
  process.env = { ...environment }
  process.exitCode = 0
  Object.assign(told, { stdout: '', stderr: '' })
  await run([process.execPath, join(import.meta.dirname, '../../src/main.ts'), ...args])
  process.send?.({ code: process.exitCode, ...told } satisfies CliResult)
  process.exitCode = 0
})
