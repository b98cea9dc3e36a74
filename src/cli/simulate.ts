import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Imitated, llama, vllm, whisper } from './look-alikes.ts'
import { CliError, printJson, printLines } from './output.ts'
import { startLookAlike } from './start-look-alike.ts'
import { stopOnSignal } from './stop-on-signal.ts'

/** Anything that the options of a look-alike may be. */
type Value = string | number | undefined

type Flags = Readonly<Record<string, Value>> & {
  readonly server: keyof typeof servers
  readonly host: string
  readonly port?: number
}

const servers = { vllm, 'llama.cpp': llama, 'whisper.cpp': whisper }

/** Which options each has, as its look-alike names them. */
const known: Readonly<Record<keyof typeof servers, readonly string[]>> = {
  vllm: ['serves', 'model', 'maxModelLen', 'maxNumSeqs', 'tokensPerSecond', 'firstTokenMs', 'kvBlocks'],
  'llama.cpp': ['model', 'dimensions', 'ubatchTokens', 'slots', 'inputMs'],
  'whisper.cpp': ['realTimeFactor', 'jobMs'],
}

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('run the look-alike of a model server alone')
    .addOption(new Option('--server <kind>', 'which server').choices(Object.keys(servers)).default('vllm'))
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port to listen on: 8092, of llama.cpp 8093, of whisper.cpp 8094', portNumber(1))
    .addOption(new Option('--serves <kind>', 'what vLLM serves').choices(['chat', 'embeddings', 'transcription']))
    .option('--model <name>', 'the served model name', notEmpty)
    .option('--max-model-len <tokens>', "vLLM's context window", numberFromOne)
    .option('--max-num-seqs <number>', "vLLM's requests that run at once", numberFromOne)
    .option('--tokens-per-second <number>', "speed of each of vLLM's replies; 0 is as fast as possible", wholeNumber)
    .option('--first-token-ms <number>', "time to vLLM's first token", wholeNumber)
    .option('--kv-blocks <number>', "blocks of 16 tokens in vLLM's prefix cache", wholeNumber)
    .option('--dimensions <number>', "of llama.cpp's embeddings", numberFromOne)
    .option('--ubatch-tokens <number>', "llama.cpp's longest input", numberFromOne)
    .option('--slots <number>', "llama.cpp's inputs that run at once", numberFromOne)
    .option('--input-ms <number>', 'how long each input takes llama.cpp', wholeNumber)
    .option('--real-time-factor <number>', "whisper.cpp's seconds for a second of sound, such as 0.1", decimalNumber)
    .option('--job-ms <number>', 'how long each job takes whisper.cpp besides', wholeNumber)
    .option('--json', 'tell the address as JSON')
    .action(simulate)
}

async function simulate({ json, server: kind, host, port, ...flags }: Flags & { json?: true }): Promise<void> {
  checkFlags(kind, flags)
  // Of every look-alike only those options are left that it knows, read as what they are.
  const server: Imitated<Readonly<Record<string, Value>>> = servers[kind] as Imitated<object>
  const place = { host, port: port ?? server.port, advice: 'Choose another with --port.' }
  const lookAlike = await startLookAlike(server, flags, place)
  if (json) printJson({ url: lookAlike.url })
  else printLines([`${server.name.replace('the', 'The')} listens on ${lookAlike.url}`])
  stopOnSignal(0, () => lookAlike.close())
}

function checkFlags(kind: keyof typeof servers, flags: Readonly<Record<string, Value>>): void {
  const other = Object.keys(flags).find((name) => !known[kind].includes(name))
  if (other === undefined) return
  const flag = `--${other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new CliError(`${flag} is not for --server ${kind}.`)
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`found ${text}, wanted a whole number.`)
  return Number(text)
}

/** With none of it no request would ever be answered. */
function numberFromOne(text: string): number {
  const number = wholeNumber(text)
  if (number > 0) return number
  throw new InvalidArgumentError(`found ${text}, wanted a whole number from 1.`)
}

function notEmpty(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('found nothing, wanted a name.')
}

/** The first of some ports in a row. */
export function portNumber(ports: number): (text: string) => number {
  const portMax = 65_536 - ports
  return (text) => {
    const port = wholeNumber(text)
    if (port <= portMax) return port
    throw new InvalidArgumentError(`found ${text}, wanted a port: a whole number from 0 to ${portMax}.`)
  }
}

function decimalNumber(text: string): number {
  if (!/^\d{1,6}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError(`found ${text}, wanted a number.`)
  return Number(text)
}
