import { setTimeout as wait } from 'node:timers/promises'
import { askOnce } from './ask-once.ts'
import type { Contender, Entrant } from './contenders.ts'
import { askFor } from './vllm-shapes.ts'

const pollMs = 5
const giveUpMs = 15_000

export interface Started extends Entrant {
  /** From the start of the process to its first answered chat request. */
  readonly startMs: number
}

/** Starts a contender and waits until it answers a chat request with 200. Throws with its last words where it does not. */
export async function startAndAsk(contender: Contender, upstream: string): Promise<Started> {
  const entrant = await contender.start(upstream)
  const startedAt = performance.now()
  let status: number | undefined
  while (performance.now() - startedAt < giveUpMs && !entrant.process?.hasEnded) {
    status = await askOnce({ ...entrant, body: askFor(false) })
    if (status === 200) return { ...entrant, startMs: performance.now() - startedAt }
    await wait(pollMs)
  }
  const words = entrant.process?.lastWords() ?? ''
  await entrant.process?.stop()
  throw new Error(`It never answered with 200 (last status: ${status ?? 'none'}). ${words}`)
}
