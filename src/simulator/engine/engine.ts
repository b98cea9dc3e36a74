import { waitUnlessAborted } from './wait.ts'

export type EngineState = 'awake' | 'asleep' | 'dead'

/** Why a request ended before its last token: its client left, the engine was sent to sleep, the engine died. */
export type EarlyEnd = 'left' | 'slept' | 'died'

/** `abort` ends what runs and waits, `wait` lets what runs finish first, `keep` freezes it until the engine wakes. */
export type SleepMode = 'abort' | 'wait' | 'keep'

/** Who runs and who waits. A request is its abort controller; an early end is its abort reason. */
export interface Engine {
  readonly running: number
  readonly waiting: number
  state: EngineState
  /** 1 with the weights in host memory, 2 with no weights; 0 awake. */
  readonly sleepLevel: number
  /** True once the engine has slept at level 2: what it says then is garbage. */
  readonly weightsLost: boolean
  /** Resolves when the request runs, or was aborted. The queue has no limit. */
  enter(run: AbortController): Promise<void> | undefined
  leave(run: AbortController): void
  /** What holds a running request while the engine sleeps. */
  whenAwake(signal: AbortSignal): Promise<void> | undefined
  sleep(level: number, mode: SleepMode): Promise<void>
  wake(): void
}

/** `onSleep`: what is lost then is not the engine's to know. */
export function createEngine(placesMax: number, onSleep: () => void = () => undefined): Engine {
  const running = new Set<AbortController>()
  const waiting = new Map<AbortController, () => void>()
  const frozen = new Set<() => void>()
  const drained = new Set<() => void>()
  let state: EngineState = 'awake'
  let admitting = true
  let sleepLevel = 0
  let weightsLost = false

  function admit(): void {
    for (const [run, start] of waiting) {
      if (!admitting || running.size >= placesMax) return
      waiting.delete(run)
      running.add(run)
      start()
    }
  }

  function endAll(reason: EarlyEnd): void {
    for (const run of [...running, ...waiting.keys()]) run.abort(reason)
  }

  function fallAsleep(level: number): void {
    state = 'asleep'
    admitting = false
    onSleep()
    sleepLevel = level
    weightsLost ||= level >= 2
  }

  function wake(): void {
    state = 'awake'
    admitting = true
    sleepLevel = 0
    for (const thaw of frozen) thaw()
    admit()
  }

  function die(): void {
    state = 'dead'
    admitting = false
    endAll('died')
  }

  return {
    get running() {
      return running.size
    },
    get waiting() {
      return waiting.size
    },
    get sleepLevel() {
      return sleepLevel
    },
    get weightsLost() {
      return weightsLost
    },
    get state() {
      return state
    },
    set state(wanted) {
      if (wanted === 'awake') wake()
      else if (wanted === 'asleep') fallAsleep(1)
      else die()
    },
    enter(run) {
      if (admitting && running.size < placesMax) {
        running.add(run)
        return undefined
      }
      return waitUnlessAborted(run.signal, (done) => {
        waiting.set(run, done)
        return () => waiting.delete(run)
      })
    },
    leave(run) {
      running.delete(run)
      admit()
      if (running.size === 0) for (const done of drained) done()
    },
    whenAwake(signal) {
      if (state !== 'asleep') return undefined
      return waitUnlessAborted(signal, (done) => {
        frozen.add(done)
        return () => frozen.delete(done)
      })
    },
    async sleep(level, mode) {
      admitting = false
      if (mode === 'abort') endAll('slept')
      if (mode === 'wait') await drain()
      fallAsleep(level)
    },
    wake,
  }

  function drain(): Promise<void> | undefined {
    if (running.size === 0) return undefined
    return new Promise((resolve) => {
      const done = () => {
        drained.delete(done)
        resolve()
      }
      drained.add(done)
    })
  }
}
