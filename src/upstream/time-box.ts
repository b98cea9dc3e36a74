import { type Context, createContext, Script } from 'node:vm'

/** Runs something that somebody else's input may make endless. */
export interface TimeBox {
  /**
   * What `act` returns; undefined where it failed, or where all that was run here took too long. Nothing else runs
   * meanwhile. It may be begun anew, and must not mind.
   */
  run<Result>(act: () => Result): Result | undefined
}

/**
 * Opens boxes, one a request, each with a time of its own for everything that is run in it. What counts is the processor's
 * time: on a machine that is busy with something else, what is honest would run out of the clock's.
 */
export function createTimeBoxes(limitMs: number): () => TimeBox {
  // Only a script of its own can be ended by the engine, wherever it is: also inside a regular expression.
  const script = new Script('run()')
  let context: Context | undefined

  function runWithin(act: () => unknown, timeout: number): Outcome {
    context ??= createContext({})
    context['run'] = act
    const measured = startMeasuring()
    try {
      return { result: script.runInContext(context, { timeout }), isCut: false, tookMs: measured() }
    } catch (thrown) {
      return { result: undefined, isCut: isTimeout(thrown), tookMs: measured() }
    } finally {
      context['run'] = undefined
    }
  }

  return () => {
    let leftMs = limitMs
    return {
      run<Result>(act: () => Result) {
        while (leftMs > 0) {
          const { result, isCut, tookMs } = runWithin(act, Math.ceil(leftMs))
          leftMs -= tookMs
          // What the script returns is what `act` does.
          if (!isCut) return result as Result | undefined
        }
        return undefined
      },
    }
  }
}

interface Outcome {
  readonly result: unknown
  /** The engine ended it by the clock. */
  readonly isCut: boolean
  readonly tookMs: number
}

/** Of the clock's time, at least so much counts, so that there is an end to it wherever the processor's goes. */
const countedMin = 0.25

/** Gives the milliseconds that count. */
function startMeasuring(): () => number {
  const from = performance.now()
  const before = process.threadCpuUsage()
  return () => {
    const { user, system } = process.threadCpuUsage(before)
    return Math.max((user + system) / 1000, (performance.now() - from) * countedMin)
  }
}

/** Its error is one of the context's own realm, and so of no class that is known here. */
function isTimeout(thrown: unknown): boolean {
  return (
    typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  )
}
