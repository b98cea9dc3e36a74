import type { Imitated } from './look-alikes.ts'
import { CliError } from './output.ts'

/** A look-alike that listens. */
export interface RunningLookAlike {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export interface Place {
  readonly host: string
  readonly port: number
  /** What to do where the port cannot be had, as a sentence. */
  readonly advice: string
}

const problems: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'taken'],
  ['EACCES', 'not allowed to this user'],
])

/** Starts a look-alike, or says in words why it cannot be. */
export async function startLookAlike<Options>(
  server: Imitated<Options>,
  options: Partial<Options>,
  { host, port, advice }: Place,
): Promise<RunningLookAlike> {
  const lookAlike = await server.create(options)
  try {
    return { ...(await lookAlike.listen({ host, port })), close: () => lookAlike.close() }
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (code === 'EADDRNOTAVAIL') throw new CliError(`This machine has no address ${host}.`)
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new CliError(`${host} is no address, nor a name that can be looked up.`)
    const problem = problems.get(code)
    if (problem === undefined) throw thrown
    throw new CliError(`Port ${port} on ${host} is ${problem}, which ${server.name} wants. ${advice}`)
  }
}
