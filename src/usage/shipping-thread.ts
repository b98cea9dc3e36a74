import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { ShippingOrder, WordFromThread, WordToThread } from './shipping-messages.ts'
import { shippingWorkerUrl } from './shipping-worker.ts'

export interface ShippingThreadParts {
  readonly order: ShippingOrder
  onWord(word: WordFromThread): void
  /** The thread ended by itself; another one is started. */
  onCrash(): void
}

/** The thread that ships, as the one that serves has it. */
export interface ShippingThread {
  start(): void
  /** The spool is another file: a thread that reads the old one must not say of its numbers that they are shipped. */
  renew(): void
  /** Has the spool's write-ahead log begun anew; the thread tells when that is over. No entry is to be written meanwhile. */
  beginWalAnew(): void
  /** Has the spool shipped now, and waits for it, at most so long. */
  hurry(withinMs: number): Promise<void>
  stop(withinMs: number): Promise<void>
}

const restartMs = 1000
/** What it takes to say goodbye to a server that does not answer. */
const farewellMs = 2000

interface Waiting {
  readonly number: number
  readonly finish: () => void
}

export function createShippingThread({ order, onWord, onCrash }: ShippingThreadParts): ShippingThread {
  let worker: Worker | undefined
  let isStopping = false
  let restarting: NodeJS.Timeout | undefined
  let number = 0
  const waiting = new Set<Waiting>()

  function start(): void {
    makeSmall()
    const started = new Worker(shippingWorkerUrl, {
      workerData: order,
      name: 'ledger',
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    })
    worker = started
    started.unref()
    started.on('message', hear)
    // Without a listener an error of the thread's would end the process; `exit` follows it.
    started.on('error', () => undefined)
    started.once('exit', () => {
      if (worker !== started) return
      worker = undefined
      if (isStopping) return
      onCrash()
      restarting = setTimeout(start, restartMs).unref()
    })
  }

  function hear(word: WordFromThread): void {
    onWord(word)
    if (word.type !== 'rests') return
    for (const one of waiting) if (one.number <= word.number) one.finish()
  }

  function say(word: WordToThread): void {
    worker?.postMessage(word)
  }

  return {
    start,
    renew() {
      const last = worker
      if (last === undefined) return
      last.off('message', hear)
      void last.terminate()
      // Whoever stops it waits for its end, and wants no other.
      if (!isStopping) start()
    },
    beginWalAnew: () => say({ type: 'begin-wal-anew' }),
    hurry(withinMs) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const one: Waiting = { number: ++number, finish }
      const timer = setTimeout(finish, withinMs)
      function finish(): void {
        clearTimeout(timer)
        waiting.delete(one)
        resolve()
      }
      waiting.add(one)
      say({ type: 'hurry', number })
      return promise
    },
    async stop(withinMs) {
      isStopping = true
      clearTimeout(restarting)
      const last = worker
      if (last === undefined) return
      const { promise: exited, resolve } = Promise.withResolvers<void>()
      last.once('exit', () => resolve())
      const impatience = setTimeout(() => last.terminate(), withinMs + farewellMs)
      say({ type: 'stop', withinMs })
      await exited
      clearTimeout(impatience)
    },
  }
}

/**
 * Rows pass through the thread, and none of them stays. Flags that give the serving thread much room for short-lived
 * objects are the whole process's and beat `resourceLimits`; that thread's heap is there already, so that they can be
 * lowered for this one.
 */
function makeSmall(): void {
  setFlagsFromString('--min-semi-space-size=4')
  setFlagsFromString('--max-semi-space-size=8')
}
