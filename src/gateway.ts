import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'
import { type House, openHouse } from './assembly/house.ts'
import { openDoor } from './assembly/open-door.ts'
import type { Door } from './http/door.ts'
import { createLog, type Log } from './log/create-log.ts'
import { describeCause } from './log/describe-cause.ts'
import { openNetwork } from './media/network.ts'
import type { Settings } from './settings/settings.ts'

export interface Gateway {
  readonly url: string
  /** The administrator's key where it was made just now: to be shown once, and kept nowhere. */
  readonly generatedAdminKey: string | null
  /** Drains and closes; resolves when nothing is open any more. */
  stop(): Promise<void>
}

/** Starts everything. Neither the database nor vLLM has to be there yet. Throws without the data folder or the port. */
export async function startGateway(
  settings: Settings,
  version: string,
  log = openLog(settings),
  network = openNetwork(),
): Promise<Gateway> {
  const house = await openHouse(settings, log, network)
  const { door, port } = await letIn(house, settings, version)
  house.start()
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`
  log.info({ url, version }, 'the gateway listens')
  return {
    url,
    generatedAdminKey: house.keys.generatedAdminKey,
    stop: () => stopGateway(house, door, settings.shutdownGraceMs),
  }
}

/** Opens the door; where that fails, nothing stays open, and a key that nobody has seen is forgotten. */
async function letIn(house: House, settings: Settings, version: string): Promise<{ door: Door; port: number }> {
  let door: Door | undefined
  try {
    door = await openDoor(house, settings, version)
    await house.keys.start()
    return { door, port: await door.listen(settings) }
  } catch (thrown) {
    await house.keys.discardGenerated()
    // Why it did not start is what is told.
    await close(house, door).catch((failure: unknown) => tellUnclosed(house, failure))
    await house.log.close()
    throw thrown
  }
}

function openLog({ logLevel: level, logFormat: wanted }: Settings): Log {
  const usual = process.stdout.isTTY ? 'pretty' : 'json'
  return createLog({ level, format: wanted === 'auto' ? usual : wanted })
}

async function stopGateway(house: House, door: Door, graceMs: number): Promise<void> {
  house.log.info({}, 'the gateway ends: running requests are finished')
  await door.drain(graceMs)
  house.settle()
  try {
    await close(house, door)
    house.log.info({}, 'the gateway has ended')
  } catch (thrown) {
    tellUnclosed(house, thrown)
    throw thrown
  } finally {
    await house.log.close()
  }
}

function tellUnclosed({ log }: House, thrown: unknown): void {
  log.error({ cause: describeCause(thrown) }, 'the gateway could not close all that it had open')
}

async function close(house: House, door: Door | undefined): Promise<void> {
  house.limits.stop()
  await door?.close()
  await house.close()
}

/** What comes on top of the grace before the process ends whatever hangs. */
const marginMs = 10_000

const endings = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const
/** A terminal signals npm and what npm runs, and npm hands it on: what comes this soon after the first is its echo. */
const echoMs = 500

/**
 * Runs until a signal says stop; a second signal ends at once. SIGHUP says so only to who has a terminal: `nohup` and
 * detached sessions are there to outlive it. That it was ignored from the start cannot be seen, because Node takes back
 * what it has inherited before a line of ours runs; and what it would do without a listener is to end at once.
 */
export function stopOnSignal(graceMs: number, stop: () => Promise<void>): void {
  const skip = ['beforeExit' as const, ...endings]
  const { close } = closeWithGrace({ delay: graceMs + marginMs, logger: false, skip }, async ({ err }) => {
    if (err !== undefined) process.stderr.write(`${err.stack ?? err.message}\n`)
    await stop()
  })
  // Asked now: at the hang-up itself it is gone.
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  let askedAt: number | undefined
  function ask(signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP' && !hasTerminal) return
    const now = performance.now()
    if (askedAt === undefined) {
      askedAt = now
      close()
    } else if (signal === 'SIGTERM' || now - askedAt > echoMs) process.exit(1)
  }
  for (const signal of endings) process.on(signal, ask)
}
