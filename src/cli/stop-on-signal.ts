import { isatty } from 'node:tty'
import closeWithGrace from 'close-with-grace'

/** What comes on top of the grace before the process ends whatever hangs. */
const marginMs = 10_000

const endings = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const
/**
 * A terminal signals all that runs in it, and npm, as others that run us, hands on what it gets: what comes this soon after the
 * first is its echo, and no second word of a person.
 */
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
