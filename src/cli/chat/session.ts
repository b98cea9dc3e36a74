import { ClientError } from '../../client/client-error.ts'
import { obey } from './commands.ts'
import type { LineReader } from './line-reader.ts'
import type { Screen } from './screen.ts'
import { say, type Talk } from './talk.ts'

export interface SessionParts {
  readonly talk: Talk
  readonly lines: LineReader
  readonly screen: Screen
}

/** Asks and answers until there are no more lines, or until `/quit`. What fails is said, and the session goes on. */
export async function holdSession({ talk, lines, screen }: SessionParts): Promise<void> {
  screen.remark(`${talk.model} on ${talk.server.root}, in ${talk.server.dialect.title}. /help lists the commands.`)
  const session = { talk, isOver: false }
  while (!session.isOver) {
    const line = await lines.next()
    if (line === undefined) break
    if (line.trim() === '') continue
    const isCommand = line.startsWith('/') && !line.startsWith('//')
    await explaining(screen, async () => {
      if (isCommand) screen.remark(await obey(line, session))
      // A message that begins with a slash begins with two.
      else await answer({ talk, lines, screen }, line.replace(/^\/\//, '/'))
    })
  }
  lines.close()
}

async function answer({ talk, lines, screen }: SessionParts, text: string): Promise<void> {
  const controller = new AbortController()
  lines.onInterrupt = () => controller.abort()
  try {
    screen.end(await say(talk, text, { signal: controller.signal, hear: screen.show }), talk.model)
  } finally {
    lines.onInterrupt = undefined
  }
}

async function explaining(screen: Screen, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (thrown) {
    if (!(thrown instanceof ClientError)) throw thrown
    screen.remark(thrown.message)
  }
}
