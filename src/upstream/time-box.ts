import { type Context, createContext, Script } from 'node:vm'

/** Runs something that somebody else's input may make endless. */
export interface TimeBox {
  /** What `act` returns; undefined where it failed, or where all that was run here took too long. Nothing else runs meanwhile. */
  run<Result>(act: () => Result): Result | undefined
}

/** Opens boxes, one a request, each with a time of its own for everything that is run in it. */
export function createTimeBoxes(limitMs: number): () => TimeBox {
  // Only a script of its own can be ended by the engine, wherever it is: also inside a regular expression.
  const script = new Script('run()')
  let context: Context | undefined

  function runWithin(act: () => unknown, timeout: number): unknown {
    context ??= createContext({})
    context['run'] = act
    try {
      return script.runInContext(context, { timeout })
    } catch {
      return undefined
    } finally {
      context['run'] = undefined
    }
  }

  return () => {
    let leftMs = limitMs
    return {
      run<Result>(act: () => Result) {
        if (leftMs <= 0) return undefined
        const from = performance.now()
        // What the script returns is what `act` does.
        const result = runWithin(act, Math.ceil(leftMs)) as Result | undefined
        leftMs -= performance.now() - from
        return result
      },
    }
  }
}
