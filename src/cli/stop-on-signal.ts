import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'
import { cliEnvironment } from './settings-options.ts'

/** What comes on top of the grace before the process ends whatever hangs. */
const marginMs = 10_000

const endings = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const
/** An echo comes this soon. */
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
  const isEcho = listenForEchoes()
  let askedAt: number | undefined
  function ask(signal: NodeJS.Signals): void {
    if (signal === 'SIGHUP' && !hasTerminal) return
    const now = performance.now()
    if (askedAt === undefined) {
      askedAt = now
      close()
    } else if (!isEcho(signal, now - askedAt)) process.exit(1)
  }
  for (const signal of endings) process.on(signal, ask)
}

/**
 * A terminal signals npm and what npm runs, and npm hands Ctrl-C on, once. When a terminal goes, the shell and the kernel
 * both say so, with npm or without.
 */
function listenForEchoes(): (signal: NodeJS.Signals, sinceMs: number) => boolean {
  let handedOn = cliEnvironment()['npm_lifecycle_event'] === undefined ? 0 : 1
  return (signal, sinceMs) => {
    if (signal === 'SIGTERM' || sinceMs > echoMs) return false
    return signal === 'SIGHUP' || handedOn-- > 0
  }
}
