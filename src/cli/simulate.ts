import { type Command, InvalidArgumentError } from 'commander'
import { CliError, printJson, printLines } from './output.ts'

interface SimulateFlags {
  readonly host?: string
  readonly port: string
  readonly model?: string
  readonly maxModelLen?: string
  readonly maxNumSeqs?: string
  readonly tokensPerSecond?: string
  readonly firstTokenMs?: string
}

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('run the vLLM look-alike alone')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port to listen on', '8092')
    .option('--model <name>', 'the served model name')
    .option('--max-model-len <tokens>', 'the context window')
    .option('--max-num-seqs <number>', 'requests that run at once')
    .option('--tokens-per-second <number>', 'speed of each reply; 0 is as fast as possible')
    .option('--first-token-ms <number>', 'time to the first token')
    .option('--json', 'tell the address as JSON')
    .action(async ({ json, ...flags }: SimulateFlags & { json?: true }) => {
      const simulator = await startSimulator(flags)
      if (json) printJson({ url: simulator.url })
      else printLines([`The vLLM look-alike listens on ${simulator.url}`])
      const { stopOnSignal } = await import('../gateway.ts')
      stopOnSignal(0, () => simulator.close())
    })
}

/** Starts the look-alike, or says in words why it cannot be. */
export async function startSimulator(flags: SimulateFlags): Promise<{ url: string; close(): Promise<void> }> {
  const { createSimulator } = await import('../simulator/simulator.ts')
  const simulator = createSimulator(
    withoutUndefined({
      model: flags.model,
      maxModelLen: wholeNumber('--max-model-len', flags.maxModelLen),
      maxNumSeqs: wholeNumber('--max-num-seqs', flags.maxNumSeqs),
      tokensPerSecond: wholeNumber('--tokens-per-second', flags.tokensPerSecond),
      firstTokenMs: wholeNumber('--first-token-ms', flags.firstTokenMs),
    }),
  )
  const host = flags.host ?? '127.0.0.1'
  try {
    const { url } = await simulator.listen({ host, port: wholeNumber('--port', flags.port) ?? 0 })
    return { url, close: () => simulator.close() }
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')) throw thrown
    throw new CliError(
      `Port ${flags.port} on ${host} is taken, which the vLLM look-alike wants. Choose another with --port, or --simulator-port in the demo.`,
    )
  }
}

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`${flag}: found ${text}, wanted a whole number.`)
  return Number(text)
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }

function withoutUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  // Only the undefined fields are left out.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
}
