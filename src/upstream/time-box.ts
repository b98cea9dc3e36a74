import { type Context, createContext, Script } from 'node:vm'

/** Runs something that somebody else's input may make endless. */
export interface TimeBox {
  /** What `act` returns; undefined where it took too long or failed. Nothing else runs meanwhile. */
  run<Result>(act: () => Result): Result | undefined
}

/** Only a script of its own can be ended by the engine, wherever it is: also inside a regular expression. */
export function createTimeBox(limitMs: number): TimeBox {
  const script = new Script('run()')
  let context: Context | undefined

  return {
    run(act) {
      context ??= createContext({})
      context['run'] = act
      try {
        // What the script returns is what `act` does.
        return script.runInContext(context, { timeout: limitMs }) as ReturnType<typeof act>
      } catch {
        return undefined
      } finally {
        context['run'] = undefined
      }
    },
  }
}
