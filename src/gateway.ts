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
  /** Keeps that key once `shown` says that somebody has seen it: one that nobody knows would lock everybody out. */
  keepAdminKey(shown: Promise<void>): Promise<void>
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
    keepAdminKey: (shown) => keepAdminKey(house, shown),
    stop: () => stopGateway(house, door, settings.shutdownGraceMs),
  }
}

/** Opens the door; where that fails, nothing stays open. */
async function letIn(house: House, settings: Settings, version: string): Promise<{ door: Door; port: number }> {
  let door: Door | undefined
  try {
    door = await openDoor(house, settings, version)
    await house.keys.start()
    return { door, port: await door.listen(settings) }
  } catch (thrown) {
    // Why it did not start is what is told.
    await close(house, door).catch((failure: unknown) => tellUnclosed(house, failure))
    await house.log.close()
    throw thrown
  }
}

async function keepAdminKey({ keys, log }: House, shown: Promise<void>): Promise<void> {
  try {
    await shown
  } catch (thrown) {
    if (keys.generatedAdminKey === null) return
    const cause = describeCause(thrown)
    return log.warn(
      { cause },
      "the administrator's key could not be shown and is not kept: the next start makes another",
    )
  }
  if (await keys.keepGenerated()) return
  log.warn({}, "the administrator's key is not the one shown here: another gateway with this data folder was faster")
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
